import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { CliError, exitCode } from "./exit-code.ts";

/**
 * `jobctl`: what each verb takes. A verb's own module is loaded only when it is used, so that `serve` does not wait for
 * the client, nor the client for the server.
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on("error", endQuietlyWhenNobodyReads);
  try {
    await program().parseAsync(argv);
  } catch (error) {
    // At once: what is left of a broken connection has nothing to add.
    process.exit(report(error));
  }
}

function program(): Command {
  const jobctl = new Command("jobctl")
    .description("Starts, stops and watches background jobs")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      outputError: (message, write) => write(message.replace(/^error: /, "jobctl: ")),
    })
    .showHelpAfterError("(jobctl --help tells more)")
    .enablePositionalOptions();
  addServe(jobctl);
  addStart(jobctl);
  addStop(jobctl);
  addPause(jobctl);
  addResume(jobctl);
  addTrigger(jobctl);
  addStatus(jobctl);
  addList(jobctl);
  addWatch(jobctl);
  addRuns(jobctl);
  addStats(jobctl);
  addLimits(jobctl);
  addLogs(jobctl);
  addDrain(jobctl);
  addDb(jobctl);
  return jobctl;
}

/** From the manifest, which stands at the same place in a checkout and in the package. */
function packageVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
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
    .action(async (options) => (await import("./verbs/serve.ts")).serve(options));
}

function addStart(jobctl: Command): void {
  change(jobctl.command("start [job]"))
    .description("start a job, of its own type or of another")
    .option("--type <type>", "job type; default: the one named like the job")
    .option("--input <json>", "a JSON object, @file, or - for standard input")
    .option("--label <key=value>", "label, as often as needed", collect)
    .addOption(
      new Option("--on-conflict <policy>", "if it runs already").choices(["use-existing", "fail", "replace"]),
    )
    .option("--every <duration>", "run on this interval from now on, such as 30s")
    .option("--cron <expression>", 'run at these times from now on, such as "0 2 * * *"')
    .option("--time-zone <name>", "where the times of --cron are read, such as Europe/Madrid (default: UTC)")
    .option("--wait", "follow the run to its end, and exit by its result")
    .action(async (job, options) => (await import("./verbs/start.ts")).start(job, options));
}

function addStop(jobctl: Command): void {
  change(jobctl.command("stop <job>"))
    .description("stop a job: ask its run to end, then force it")
    .option("--grace <duration>", "how long the run may take to end by itself; default: its type's")
    .option("--force", "end the run at once")
    .option("--current-run", "stop only the run; the schedule goes on")
    .option("--wait", "wait until it has stopped")
    .action(async (job, options) => (await import("./verbs/stop.ts")).stop(job, options));
}

function addPause(jobctl: Command): void {
  change(jobctl.command("pause <job>"), answerTimeout)
    .description("hold a job: its run goes on, and no other begins")
    .action(async (job, options) => (await import("./verbs/pause.ts")).pause(job, options));
}

function addResume(jobctl: Command): void {
  change(jobctl.command("resume <job>"), answerTimeout)
    .description("let a paused job go on")
    .action(async (job, options) => (await import("./verbs/pause.ts")).resume(job, options));
}

function addTrigger(jobctl: Command): void {
  change(jobctl.command("trigger <job>"), answerTimeout)
    .description("run a scheduled job once, now")
    .action(async (job, options) => (await import("./verbs/trigger.ts")).trigger(job, options));
}

function addStatus(jobctl: Command): void {
  connected(jobctl.command("status [job]"))
    .description("show a job, or what became of a command")
    .option("--input", "with the input of its last Start")
    .option("--result", "with the result of its last run that succeeded")
    .option("--snapshot", "do not take a turn in the channel: answer at once")
    .option("--command <id>", "instead of a job: the command of this id")
    .option("--request-id <id>", "instead of a job: the command that was sent with this id")
    .action(async (job, options) => (await import("./verbs/status.ts")).status(job, options));
}

function addList(jobctl: Command): void {
  connected(jobctl.command("list"))
    .description("list jobs")
    .option("--state <state>", "only jobs in this state, as often as needed", collect)
    .option("--type <type>", "only jobs of this type")
    .option("--label <key=value>", "only jobs with this label, as often as needed", collect)
    .action(async (options) => (await import("./verbs/list.ts")).list(options));
}

function addWatch(jobctl: Command): void {
  connected(jobctl.command("watch [jobs...]"), { timeout: "how long to watch (default: no limit)" })
    .description("watch jobs as they change; all jobs where none is named")
    .option("--label <key=value>", "only jobs with this label, as often as needed", collect)
    .addOption(
      new Option("--until <end>", "when to end by itself").choices(["settled", "run-done", "snapshot"]),
    )
    .option("--every-transition", "every change of state, also when reading is slow")
    .option("--max-changes <n>", "end after so many changes", wholeNumber)
    .option("--resume <token>", "go on after this token")
    .action(async (jobs, options) => (await import("./verbs/watch.ts")).watch(jobs, options));
}

function addRuns(jobctl: Command): void {
  connected(jobctl.command("runs <job>"))
    .description("list the last runs of a job, the newest first")
    .option("--limit <n>", "how many", wholeNumberFromOne, 20)
    .action(async (job, options) => (await import("./verbs/runs.ts")).runs(job, options));
}

function addStats(jobctl: Command): void {
  connected(jobctl.command("stats"), { timeout: "how long to wait (default: 10s; with --watch no limit)" })
    .description("show how the command channel does: lanes, rate limit, refusals, watches")
    .option("--watch", "again and again")
    .option("--interval <duration>", "with --watch: how often, 100ms to 60s (default: 1s)")
    .action(async (options) => (await import("./verbs/stats.ts")).stats(options));
}

function addLimits(jobctl: Command): void {
  connected(jobctl.command("limits"))
    .description("show the rate limit, or change it while the service runs")
    .option("--rate <n>", "commands a second from now on, such as 100 or 0.5", positiveNumber)
    .option("--burst <n>", "tokens saved up at most", wholeNumberFromOne)
    .option("--reason <text>", "why, for the log")
    .action(async (options) => (await import("./verbs/limits.ts")).limits(options));
}

function addDrain(jobctl: Command): void {
  connected(jobctl.command("drain"), { timeout: "how long to wait for the answer (default: no limit)" })
    .description("shut the service down in order, as SIGTERM does")
    .option("--deadline <duration>", "how long it may take; default: as the service is configured")
    .option("--reason <text>", "why, for the log")
    .action(async (options) => (await import("./verbs/drain.ts")).drain(options));
}

function addLogs(jobctl: Command): void {
  const timeout = "how long to wait for the answer (default: 10s; with --follow no limit)";
  connected(jobctl.command("logs <job>"), { timeout })
    .description("print what a run wrote: its log, stdout and stderr")
    .option("--run <id>", "an earlier run; default: the one that is going on, or else the last")
    .option("--tail <n>", "only so many of the newest lines", wholeNumber)
    .option("-f, --follow", "go on with what is written, until the run is over")
    .action(async (job, options) => (await import("./verbs/logs.ts")).logs(job, options));
}

function addDb(jobctl: Command): void {
  const db = jobctl.command("db").description("look after the file of a SQLite store");
  onFile(db.command("check"))
    .description("read all of it, also while it is served; 3 where it is damaged")
    .action(async (options) => (await import("./verbs/db.ts")).check(options));
  onFile(db.command("backup <file>"))
    .description("copy it, also while it is served")
    .action(async (file, options) => (await import("./verbs/db.ts")).backup(file, options));
  onFile(db.command("compact"))
    .description("give back what is free in it; not while it is served")
    .action(async (options) => (await import("./verbs/db.ts")).compact(options));
}

/** The options of every verb that works on the file of a store. */
function onFile(command: Command): Command {
  return command
    .option("--config <file>", "configuration that names the store; default: as for serve")
    .option("--store <url>", "the store itself: sqlite:FILE")
    .option("--json", "print JSON, for programs");
}

/** The options of every verb that calls the service. */
function connected(command: Command, { timeout } = answerTimeout): Command {
  return command
    .option("--json", "print JSON, for programs")
    .addOption(
      new Option("--address <host:port>", "where the service is")
        .env("JOBCONTROL_ADDRESS")
        .default("127.0.0.1:50051"),
    )
    .option("--timeout <duration>", timeout);
}

const answerTimeout = { timeout: "how long to wait for the answer (default: 10s)" };
const waitTimeout = { timeout: "how long to wait for the answer (default: 10s; with --wait no limit)" };

/** The options of every verb that changes a job. */
function change(command: Command, timeout = waitTimeout): Command {
  return connected(command, timeout)
    .option("--request-id <id>", "the same id gets the same answer, and one run")
    .option("--etag <etag>", "only if the job has not changed since")
    .option("--reason <text>", "why, for people")
    .addOption(new Option("--priority <lane>", "lane").choices(["low", "normal", "high", "critical"]))
    .addOption(new Option("--accepted", "answer as soon as the command is queued").conflicts("wait"))
    .option("--dry-run", "tell what would happen, and change nothing");
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("Not a whole number.");
  return Number(value);
}

function wholeNumberFromOne(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError("Not a whole number from 1 on.");
  return Number(value);
}

function positiveNumber(value: string): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : 0;
  if (number === 0) throw new InvalidArgumentError("Not a number above 0.");
  return number;
}

/** Tells on stderr what went wrong. Returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  if (error instanceof CliError) {
    process.stderr.write(`jobctl: ${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`jobctl: ${error instanceof Error ? error.message : String(error)}\n`);
  return exitCode.refused;
}

/** `jobctl list | head` is no error. */
function endQuietlyWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(exitCode.ok);
}
