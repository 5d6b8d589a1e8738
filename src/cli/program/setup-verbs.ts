import { Argument, type Command, Option } from "commander";
import { access } from "./options.ts";

/** The verbs that set `jobctl` and its user up. None of them needs a service. */
export function addSetupVerbs(jobctl: Command): void {
  jobctl.commandsGroup("Set up:");
  addInit(jobctl);
  addContext(jobctl);
  addCompletion(jobctl);
  // Else it would stand in a group of its own.
  jobctl.helpCommand("help [verb]", "show what a verb takes");
}

function addInit(jobctl: Command): void {
  const format =
    "what to write the configuration in (default: ts, or yaml where the folder is no ES module package)";
  json(jobctl.command("init [folder]"))
    .description("write a first configuration and a first job")
    .addOption(new Option("--format <format>", format).choices(["ts", "yaml"]))
    .action(async (folder, options) => (await import("../verbs/init.ts")).init(folder, options));
}

function addContext(jobctl: Command): void {
  const context = jobctl.command("context").description("names for servers, and which of them is asked");
  json(context.command("list"))
    .description("list them")
    .action(async (options) => (await import("../verbs/context.ts")).list(options));
  json(context.command("use <context>"))
    .description("ask this one from now on; default is the server of this machine")
    .action(async (name, options) => (await import("../verbs/context.ts")).use(name, options));
  access(json(context.command("set <name>")), "where the service is, for a new name or another server")
    .description("give a server a name; without --address: change how the server of a name is called")
    .option("--use", "ask it from now on")
    .action(async (name, options) => (await import("../verbs/context.ts")).set(name, options));
  json(context.command("remove <context>"))
    .description("forget a name")
    .action(async (name, options) => (await import("../verbs/context.ts")).remove(name, options));
}

function addCompletion(jobctl: Command): void {
  json(jobctl.command("completion"))
    .description("make a shell complete verbs, job ids and types")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", completionHelp)
    .action(async (shell, options) => (await import("../verbs/completion.ts")).completion(shell, options));
  jobctl
    .command("complete [words...]", { hidden: true })
    .description("for the scripts of completion: what can come next")
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words) => (await import("../verbs/completion.ts")).complete(jobctl, words));
}

const completionHelp = `
bash:  eval "$(jobctl completion bash)"    in ~/.bashrc
zsh:   eval "$(jobctl completion zsh)"     in ~/.zshrc, after compinit
fish:  jobctl completion fish | source     in ~/.config/fish/config.fish`;

function json(command: Command): Command {
  return command.option("--json", "print JSON, for programs");
}
