import { type Command, Option } from "commander";
import { answerTimeout, change, collect, connected, wholeNumber, wholeNumberFromOne } from "./options.ts";

/** The verbs that change jobs, and those that look at them. */
export function addJobVerbs(jobctl: Command): void {
  jobctl.commandsGroup("Jobs:");
  addStart(jobctl);
  addStop(jobctl);
  addPause(jobctl);
  addResume(jobctl);
  addTrigger(jobctl);
  addStatus(jobctl);
  addList(jobctl);
  addWatch(jobctl);
  addTop(jobctl);
  addRuns(jobctl);
  addLogs(jobctl);
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
    .addOption(
      new Option("--overlap <policy>", "if the last run still goes on at its time (default: skip)").choices([
        "skip",
        "buffer-one",
        "cancel-running",
      ]),
    )
    .option("--catch-up <duration>", "make up for times missed within so long while the service was down")
    .option("--jitter <duration>", "begin each run later by a random time of at most this")
    .option("--wait", "follow the run to its end, and exit by its result")
    .action(async (job, options) => (await import("../verbs/start.ts")).start(job, options));
}

function addStop(jobctl: Command): void {
  change(jobctl.command("stop <job>"))
    .description("stop a job: ask its run to end, then force it")
    .option("--grace <duration>", "how long the run may take to end by itself; default: its type's")
    .option("--force", "end the run at once")
    .option("--current-run", "stop only the run; the schedule goes on")
    .option("--wait", "wait until it has stopped")
    .action(async (job, options) => (await import("../verbs/stop.ts")).stop(job, options));
}

function addPause(jobctl: Command): void {
  change(jobctl.command("pause <job>"), answerTimeout)
    .description("hold a job: its run goes on, and no other begins")
    .action(async (job, options) => (await import("../verbs/pause.ts")).pause(job, options));
}

function addResume(jobctl: Command): void {
  change(jobctl.command("resume <job>"), answerTimeout)
    .description("let a paused job go on")
    .action(async (job, options) => (await import("../verbs/pause.ts")).resume(job, options));
}

function addTrigger(jobctl: Command): void {
  change(jobctl.command("trigger <job>"), answerTimeout)
    .description("run a scheduled job once, now")
    .action(async (job, options) => (await import("../verbs/trigger.ts")).trigger(job, options));
}

function addStatus(jobctl: Command): void {
  connected(jobctl.command("status [job]"))
    .description("show a job, or what became of a command")
    .option("--input", "with the input of its last Start")
    .option("--result", "with the result of its last run that succeeded")
    .option("--snapshot", "do not take a turn in the channel: answer at once")
    .option("--command <id>", "instead of a job: the command of this id")
    .option("--request-id <id>", "instead of a job: the command that was sent with this id")
    .action(async (job, options) => (await import("../verbs/status.ts")).status(job, options));
}

function addList(jobctl: Command): void {
  connected(jobctl.command("list"))
    .description("list jobs")
    .option("--state <state>", "only jobs in this state, as often as needed", collect)
    .option("--type <type>", "only jobs of this type")
    .option("--label <key=value>", "only jobs with this label, as often as needed", collect)
    .action(async (options) => (await import("../verbs/list.ts")).list(options));
}

function addWatch(jobctl: Command): void {
  connected(jobctl.command("watch [jobs...]"), { timeout: "how long to watch (default: no limit)" })
    .description("watch jobs as they change; no name: all of them")
    .option("--label <key=value>", "only jobs with this label, as often as needed", collect)
    .addOption(
      new Option(
        "--until <end>",
        "end by itself: no job has anything to do, the run of one job is over, or all was shown once",
      ).choices(["settled", "run-done", "snapshot"]),
    )
    .option("--every-transition", "every change of state, also when reading is slow")
    .option("--max-changes <n>", "end after so many changes", wholeNumber)
    .option("--resume <token>", "go on after this token")
    .option("--no-reconnect", "end with 6 when the connection is cut, instead of waiting for the service")
    .action(async (jobs, options) => (await import("../verbs/watch.ts")).watch(jobs, options));
}

function addTop(jobctl: Command): void {
  connected(jobctl.command("top"), { timeout: "how long to look (default: no limit)" })
    .description("jobs and channel live, on the whole terminal")
    .action(async (options) => (await import("../verbs/top.ts")).top(options));
}

function addRuns(jobctl: Command): void {
  connected(jobctl.command("runs <job>"))
    .description("list the last runs of a job, the newest first")
    .option("--limit <n>", "how many", wholeNumberFromOne, 20)
    .action(async (job, options) => (await import("../verbs/runs.ts")).runs(job, options));
}

function addLogs(jobctl: Command): void {
  const timeout = "how long to wait for the answer (default: 10s; with --follow no limit)";
  connected(jobctl.command("logs <job>"), { timeout })
    .description("print what a run wrote: its log, stdout and stderr")
    .option("--run <id>", "an earlier run; default: the one that is going on, or else the last")
    .option("--tail <n>", "only so many of the newest lines", wholeNumber)
    .option("-f, --follow", "go on with what is written, until the run is over")
    .action(async (job, options) => (await import("../verbs/logs.ts")).logs(job, options));
}
