import { type Command, InvalidArgumentError, Option } from "commander";

/** The options of every verb that calls the service. */
export function connected(command: Command, { timeout } = answerTimeout): Command {
  command.option("--json", "print JSON, for programs").option("--timeout <duration>", timeout);
  const named = "the server of this name; default: JOBCONTROL_CONTEXT, or the one in use";
  command.addOption(new Option("--context <context>", named).helpGroup(whichServer));
  return access(command, "where the service is; default: JOBCONTROL_ADDRESS, or the context");
}

const whichServer = "Which server:";

/** The options that say where a server is and how it is called. */
export function access(command: Command, address: string): Command {
  const options = [
    ["--address <host:port>", address],
    ["--tls", "speak TLS, and trust those that this machine trusts"],
    ["--tls-ca <file>", "speak TLS, and trust the certificates in this file"],
    ["--tls-cert <file>", "the certificate of the caller, for a server that asks for one"],
    ["--tls-key <file>", "the key of that certificate"],
    ["--tls-name <host>", "the name in the server's certificate; default: the host of the address"],
    [
      "--token-file <file>",
      "who calls: the token in this file, or - for standard input; default: JOBCONTROL_TOKEN",
    ],
    ["--plain-text-token", "send the token over plain text, too: where a proxy does TLS on the way"],
  ] as const;
  for (const [flags, description] of options)
    command.addOption(new Option(flags, description).helpGroup(whichServer));
  return command;
}

/** The options of every verb that changes a job. */
export function change(command: Command, timeout = waitTimeout): Command {
  return connected(command, timeout)
    .option("--request-id <id>", "the same id gets the same answer, and one run")
    .option("--etag <etag>", "only if the job has not changed since")
    .option("--reason <text>", "why, for people")
    .addOption(
      new Option("--priority <lane>", "the lane it waits in; higher ones go first (default: normal)").choices(
        ["low", "normal", "high", "critical"],
      ),
    )
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
