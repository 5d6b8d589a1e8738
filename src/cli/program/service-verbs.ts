import { type Command, Option } from "commander";
import { connected, positiveNumber, wholeNumberFromOne } from "./options.ts";

/** The verbs that run the service, and those of its operators. */
export function addServiceVerbs(jobctl: Command): void {
  jobctl.commandsGroup("Service:");
  addServe(jobctl);
  addStats(jobctl);
  addLimits(jobctl);
  addDrain(jobctl);
  addDb(jobctl);
}

function addServe(jobctl: Command): void {
  jobctl
    .command("serve")
    .description("run the service until SIGTERM or Ctrl-C")
    .option("--config <file>", "configuration; default: jobcontrol.config.ts, .yaml or .json here")
    .option("--listen <host:port>", "address to serve; port 0 takes a free one")
    .option("--store <url>", "where jobs are kept: sqlite:FILE or memory:")
    .addOption(new Option("--log <format>", "log on stderr").choices(["pretty", "json"]))
    .addOption(new Option("--json", "the same as --log json").conflicts("log"))
    .option("--check", "serve nothing: tell what is wrong with the configuration, and exit 0 or 2")
    .action(async (options) => (await import("../verbs/serve.ts")).serve(options));
}

function addStats(jobctl: Command): void {
  connected(jobctl.command("stats"), { timeout: "how long to wait (default: 10s; with --watch no limit)" })
    .description("show how the command channel does")
    .option("--watch", "again and again")
    .option("--interval <duration>", "with --watch: how often, 100ms to 60s (default: 1s)")
    .action(async (options) => (await import("../verbs/stats.ts")).stats(options));
}

function addLimits(jobctl: Command): void {
  connected(jobctl.command("limits"))
    .description("show the rate limit, or change it")
    .option("--rate <n>", "commands a second from now on, such as 100 or 0.5", positiveNumber)
    .option("--burst <n>", "tokens saved up at most", wholeNumberFromOne)
    .option("--reason <text>", "why, for the log")
    .action(async (options) => (await import("../verbs/limits.ts")).limits(options));
}

function addDrain(jobctl: Command): void {
  connected(jobctl.command("drain"), { timeout: "how long to wait for the answer (default: no limit)" })
    .description("shut the service down in order, as SIGTERM does")
    .option("--deadline <duration>", "how long it may take; default: as the service is configured")
    .option("--reason <text>", "why, for the log")
    .action(async (options) => (await import("../verbs/drain.ts")).drain(options));
}

function addDb(jobctl: Command): void {
  const db = jobctl.command("db").description("look after the file of a SQLite store");
  onFile(db.command("check"))
    .description("read all of it, also while it is served; 3 where it is damaged")
    .action(async (options) => (await import("../verbs/db.ts")).check(options));
  onFile(db.command("backup <file>"))
    .description("copy it, also while it is served")
    .action(async (file, options) => (await import("../verbs/db.ts")).backup(file, options));
  onFile(db.command("compact"))
    .description("give back what is free in it; not while it is served")
    .action(async (options) => (await import("../verbs/db.ts")).compact(options));
}

/** The options of every verb that works on the file of a store. */
function onFile(command: Command): Command {
  return command
    .option("--config <file>", "configuration that names the store; default: as for serve")
    .option("--store <url>", "the store itself: sqlite:FILE")
    .option("--json", "print JSON, for programs");
}
