import { readFileSync } from "node:fs";
import { Command } from "commander";

/**
 * What each verb of `jobctl` takes. Where `verb` is one of them, only those beside which it is declared are loaded; without it,
 * or where there is no such verb, all are: so that who calls one waits for little else. A verb's own module is loaded only
 * when it is carried out, so that `serve` does not wait for the client, nor the client for the server. Wrong usage is thrown, and
 * also told on stderr unless `tellErrors` is false.
 */
export async function createProgram(verb = "", { tellErrors = true } = {}): Promise<Command> {
  const jobctl = new Command("jobctl")
    .description("Starts, stops and watches background jobs")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeErr: (text) => tellErrors && process.stderr.write(text),
      outputError: (message, write) => write(message.replace(/^error: /, "jobctl: ")),
    })
    .enablePositionalOptions();
  if (jobVerbs.has(verb)) (await import("./job-verbs.ts")).addJobVerbs(jobctl);
  else if (serviceVerbs.has(verb)) (await import("./service-verbs.ts")).addServiceVerbs(jobctl);
  else if (verb !== "--version" && verb !== "-V") await addAll(jobctl);
  tellWhereHelpIs(jobctl, "jobctl");
  jobctl.showHelpAfterError("(the verb comes first, then its options; jobctl --help tells more)");
  return jobctl;
}

/** For who uses one of the verbs wrongly. */
function tellWhereHelpIs(command: Command, line: string): void {
  command.showHelpAfterError(`(${line} --help tells more)`);
  for (const verb of command.commands) tellWhereHelpIs(verb, `${line} ${verb.name()}`);
}

async function addAll(jobctl: Command): Promise<void> {
  const [jobs, service, setup] = await Promise.all([
    import("./job-verbs.ts"),
    import("./service-verbs.ts"),
    import("./setup-verbs.ts"),
  ]);
  jobs.addJobVerbs(jobctl);
  service.addServiceVerbs(jobctl);
  setup.addSetupVerbs(jobctl);
}

/** What `job-verbs.ts` and `service-verbs.ts` declare. */
const jobVerbs: ReadonlySet<string> = new Set(
  "start stop pause resume trigger status list watch top runs logs".split(" "),
);
const serviceVerbs: ReadonlySet<string> = new Set("serve stats limits drain db".split(" "));

/** From the manifest, which stands at the same place in a checkout and in the package. */
function packageVersion(): string {
  const manifest = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
