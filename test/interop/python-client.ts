import { execFile } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const python = "/usr/bin/python3";
const plugin = "/usr/bin/grpc_python_plugin";
const rpcProtos = "node_modules/google-gax/build/protos";
const packages = "python3-grpcio python3-protobuf protobuf-compiler protobuf-compiler-grpc";

/** Why there is no Python client on this machine; undefined where there is one. */
export async function whyNoPython(): Promise<string | undefined> {
  try {
    await run(python, ["-c", "import grpc, google.protobuf"]);
    await run("/usr/bin/protoc", ["--version"]);
    await run("/usr/bin/test", ["-x", plugin]);
    return undefined;
  } catch {
    return `these Debian packages are missing: ${packages}`;
  }
}

/** `python_client.py`, with stubs that protoc made in a folder that goes with it. */
export class PythonClient implements Disposable {
  readonly #stubs = mkdtempSync(join(tmpdir(), "jobcontrol-python-"));

  static async create(): Promise<PythonClient> {
    const client = new PythonClient();
    await client.#generate();
    return client;
  }

  /** What it printed. */
  async run(...args: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.#printed("test/interop/python_client.py", ...args));
  }

  /** What a program of somebody else's printed, with the same stubs. */
  async runProgram(text: string): Promise<string> {
    return await this.#printed("-c", text);
  }

  async #printed(...args: readonly string[]): Promise<string> {
    const env = { PYTHONPATH: this.#stubs, PYTHONDONTWRITEBYTECODE: "1" };
    return (await run(python, args, { env })).stdout;
  }

  [Symbol.dispose](): void {
    rmSync(this.#stubs, { recursive: true });
  }

  async #generate(): Promise<void> {
    await run("/usr/bin/protoc", [
      "-I=proto",
      `-I=${rpcProtos}`,
      `--python_out=${this.#stubs}`,
      `--grpc_python_out=${this.#stubs}`,
      `--plugin=protoc-gen-grpc_python=${plugin}`,
      ...globSync("proto/jobcontrol/v1/*.proto"),
      `${rpcProtos}/google/rpc/status.proto`,
      `${rpcProtos}/google/rpc/error_details.proto`,
    ]);
  }
}
