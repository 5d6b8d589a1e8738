import { type Command, InvalidArgumentError, Option } from "commander";

/** The options of every verb that calls the service. */
export function connected(command: Command, { timeout } = answerTimeout): Command {
  return command
    .option("--json", "print JSON, for programs")
    .option("--address <host:port>", "where the service is; default: JOBCONTROL_ADDRESS, or the context")
    .option("--context <context>", "the server of this name; default: JOBCONTROL_CONTEXT, or the one in use")
    .option("--timeout <duration>", timeout);
}

/** The options of every verb that changes a job. */
export function change(command: Command, timeout = waitTimeout): Command {
  return connected(command, timeout)
    .option("--request-id <id>", "the same id gets the same answer, and one run")
    .option("--etag <etag>", "only if the job has not changed since")
    .option("--reason <text>", "why, for people")
    .addOption(new Option("--priority <lane>", "lane").choices(["low", "normal", "high", "critical"]))
    .addOption(new Option("--accepted", "answer as soon as the command is queued").conflicts("wait"))
    .option("--dry-run", "tell what would happen, and change nothing");
}

export const answerTimeout = { timeout: "how long to wait for the answer (default: 10s)" };
const waitTimeout = { timeout: "how long to wait for the answer (default: 10s; with --wait no limit)" };

export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

export function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("Not a whole number.");
  return Number(value);
}

export function wholeNumberFromOne(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError("Not a whole number from 1 on.");
  return Number(value);
}

export function positiveNumber(value: string): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : 0;
  if (number === 0) throw new InvalidArgumentError("Not a number above 0.");
  return number;
}
