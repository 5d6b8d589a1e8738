import type { Argument, Command, Option } from "commander";
import type { ServerOptions } from "../server/server.ts";

/** What can stand where the cursor is. */
export interface Candidate {
  readonly word: string;
  /** What it means, in a few words. */
  readonly meaning: string;
}

/** Where words come from that the command line itself does not know. */
export interface Sources {
  jobs(server: ServerOptions): Promise<readonly Candidate[]>;
  types(server: ServerOptions): Promise<readonly Candidate[]>;
  contexts(): Promise<readonly Candidate[]>;
  states(): Promise<readonly Candidate[]>;
}

/**
 * The words that can come next, as the declarations of the verbs have it. `words` is what was typed after `jobctl`; its
 * last one is where the cursor is, and may be empty. `"files"` where a file is to be named.
 */
export async function candidates(
  jobctl: Command,
  words: readonly string[],
  sources: Sources,
): Promise<readonly Candidate[] | "files"> {
  const current = words.at(-1) ?? "";
  const line = readLine(jobctl, words.slice(0, -1));
  const glued = /^(--[a-z-]+=)(.*)$/.exec(current);
  if (line.open === undefined && glued !== null && !line.isOver) {
    const [, flag = "", part = ""] = glued;
    const option = optionOf(line.command, flag.slice(0, -1));
    const values =
      option === undefined ? [] : await valuesOf(nameOf(option), option.argChoices, { line, sources });
    if (values === "files") return "files";
    return begunWith(part, values).map(({ word, meaning }) => ({ word: flag + word, meaning }));
  }
  const possible = await nextWords(line, current, sources);
  return possible === "files" ? "files" : begunWith(current, possible);
}

/** What the words before the cursor come to. */
interface Line {
  readonly command: Command;
  /** The option whose value is still to come. */
  readonly open: Option | undefined;
  readonly arguments: readonly string[];
  /** The options that were given, with them those that say which server is meant. */
  readonly options: ServerOptions;
  /** `--` has been: no options come any more. */
  readonly isOver: boolean;
}

function readLine(jobctl: Command, words: readonly string[]): Line {
  let command = jobctl;
  let open: Option | undefined;
  let isOver = false;
  const given: string[] = [];
  const options: Record<string, string | boolean> = {};
  for (const word of words) {
    const verb = command.commands.find((candidate) => candidate.name() === word);
    if (open !== undefined) {
      options[open.attributeName()] = word;
      open = undefined;
    } else if (isOver) given.push(word);
    else if (word === "--") isOver = true;
    else if (word.startsWith("-")) {
      const [flag = "", value] = splitOnce(word, "=");
      const option = optionOf(command, flag);
      if (option?.required && value === undefined) open = option;
      else if (option !== undefined) options[option.attributeName()] = value ?? true;
    } else if (verb !== undefined && given.length === 0) command = verb;
    else given.push(word);
  }
  return { command, open, arguments: given, options, isOver };
}

async function nextWords(
  line: Line,
  current: string,
  sources: Sources,
): Promise<readonly Candidate[] | "files"> {
  const { command, open, isOver } = line;
  if (open !== undefined) return valuesOf(nameOf(open), open.argChoices, { line, sources });
  if (current.startsWith("-") && !isOver) return optionsOf(command);
  if (command.commands.length > 0) return line.arguments.length === 0 ? verbsOf(command) : [];
  const argument = argumentAt(command, line.arguments.length);
  if (argument === undefined) return isOver ? [] : optionsOf(command);
  const values = await valuesOf(argument.name(), argument.argChoices, { line, sources });
  // What was named already is not named again.
  return values === "files" ? values : values.filter(({ word }) => !line.arguments.includes(word));
}

function argumentAt({ registeredArguments }: Command, index: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[index] ?? (last?.variadic ? last : undefined);
}

/** By what the declarations call a value: `<job>`, `<type>`, `<file>`. */
async function valuesOf(
  name: string,
  choices: readonly string[] | undefined,
  { line, sources }: { readonly line: Line; readonly sources: Sources },
): Promise<readonly Candidate[] | "files"> {
  if (choices !== undefined) return choices.map((word) => ({ word, meaning: "" }));
  switch (name) {
    case "job":
    case "jobs":
      return sources.jobs(line.options);
    case "type":
      return sources.types(line.options);
    case "context":
      return sources.contexts();
    case "state":
      return sources.states();
    case "file":
    case "folder":
      return "files";
    default:
      return [];
  }
}

function verbsOf(command: Command): Candidate[] {
  const shown = command.createHelp().visibleCommands(command);
  return shown.map((verb) => ({ word: verb.name(), meaning: verb.description() }));
}

function optionsOf(command: Command): Candidate[] {
  const shown = command.createHelp().visibleOptions(command);
  return shown.map(({ long, short, description }) => ({ word: long ?? short ?? "", meaning: description }));
}

function optionOf(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => long === flag || short === flag);
}

/** `type` of `--type <type>`. */
function nameOf({ flags }: Option): string {
  return /<([^>]+)>/.exec(flags)?.[1] ?? "";
}

function begunWith(part: string, words: readonly Candidate[]): Candidate[] {
  return words.filter(({ word }) => word.startsWith(part));
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
