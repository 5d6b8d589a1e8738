import { execFile } from "node:child_process";
import { delimiter, resolve } from "node:path";
import { promisify } from "node:util";

/** How the documents call what stands in this checkout. `grpcurl` is no package: `buf curl` does what it is shown to do. */
const prelude = `
npx() { if [ "$1" = jobctl ]; then shift; node ${resolve("src/cli/jobctl.js")} "$@"; else "$@"; fi; }
grpcurl() { buf curl --protocol grpc --http2-prior-knowledge -d "$3" "http://$4/$5"; }
`;

export interface Place {
  /** Of the server that is called; the documents call that of the quickstart. */
  readonly address: string;
  /** Where it is typed. Default: this checkout */
  readonly cwd?: string | undefined;
}

/** Types a command as a reader would; stdout and stderr as a terminal shows them. */
export async function typed(command: string, { address, cwd }: Place): Promise<string> {
  const { PATH = "" } = process.env;
  const path = [resolve("node_modules/.bin"), PATH].join(delimiter);
  const env = { ...process.env, PATH: path, JOBCONTROL_ADDRESS: address, NO_COLOR: "1" };
  const script = `${prelude}{ ${command.replaceAll("127.0.0.1:50051", address)}\n} 2>&1`;
  const ended = promisify(execFile)("sh", ["-c", script], { env, cwd });
  const { stdout } = await ended.catch((failed: { stdout: string }) => failed);
  return stdout;
}
