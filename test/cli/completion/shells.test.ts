import { spawnSync } from "node:child_process";
import { delimiter, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere } from "../jobctl-here.ts";
import { killAll, serve } from "../jobctl-process.ts";
import { noTerminal, Terminal } from "../terminal.ts";

let env: Record<string, string>;
let bashScript: string;

beforeAll(async () => {
  const { address } = await serve();
  const { PATH = "", HOME = "" } = process.env;
  const path = [resolve("test/cli/bin"), PATH].join(delimiter);
  env = { PATH: path, HOME, JOBCONTROL_ADDRESS: address };
  await runHere(["start", "mail:1@a", "--type", "forever", "--address", address]);
  ({ stdout: bashScript } = await runHere(["completion", "bash"]));
});

afterAll(killAll);

function why(shell: string): string {
  return spawnSync(shell, ["-c", "true"]).status === 0 ? "" : `: there is no ${shell}`;
}

/** What bash would put in the place of its own last word. */
function inBash(line: string): string[] {
  const script = `eval "$2"; COMP_LINE=$1 COMP_POINT=\${#1}; _jobctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", line, bashScript], {
    encoding: "utf8",
    env,
  });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((word) => word !== "");
}

describe("jobctl completion --json", () => {
  it.each(["bash", "zsh", "fish"])("has the script for %s as a field", async (shell) => {
    const { stdout: script } = await runHere(["completion", shell]);
    const { code, stdout } = await runHere(["completion", shell, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ shell, script });
  });
});

describe.skipIf(why("bash") !== "")(`jobctl completion bash${why("bash")}`, () => {
  it("completes verbs, and jobs of the server, of which bash sees only what comes after a colon", () => {
    expect(inBash("jobctl sta")).toEqual(["start", "status", "stats"]);
    expect(inBash("jobctl stop forev")).toEqual(["forever"]);
    expect(inBash("jobctl stop mail:1")).toEqual(["1@a"]);
    expect(inBash("jobctl start --type=forev")).toEqual(["forever"]);
  });

  it("leaves files to bash", () => {
    expect(inBash("jobctl serve --config test/cli/served")).toEqual(["test/cli/served.config.ts"]);
  });

  it("says nothing where no server answers, and fails nobody", () => {
    expect(inBash("jobctl stop --address 127.0.0.1:1 ")).toEqual([]);
    expect(inBash("jobctl dance ")).toEqual([]);
  });

  it.skipIf(noTerminal !== "")(`completes at Tab, in a terminal${noTerminal}`, async () => {
    using terminal = await Terminal.open({ env });
    terminal.enter("bash --norc");
    terminal.enter('eval "$(jobctl completion bash)"; echo ready');
    await terminal.until(/^ready$/m);
    terminal.type("jobctl stop mail:1");
    terminal.press("Tab");
    await terminal.until(/jobctl stop mail:1@a $|jobctl stop mail:1@a$/m);
  });
});

describe.skipIf(why("fish") !== "")(`jobctl completion fish${why("fish")}`, () => {
  it("completes verbs and jobs, with what they mean", () => {
    const script =
      'jobctl completion fish | source; complete -C "jobctl sta"; complete -C "jobctl stop mail:"';
    const { stdout } = spawnSync("fish", ["-c", script], { encoding: "utf8", env });
    expect(stdout).toMatch(/^start\tstart a job.*\nstatus\t.*\nstats\t.*\nmail:1@a\trunning\n$/);
  });
});

describe.skipIf(why("zsh") !== "" || noTerminal !== "")(
  `jobctl completion zsh${why("zsh") || noTerminal}`,
  () => {
    it("completes verbs and jobs", async () => {
      using terminal = await Terminal.open({ env });
      terminal.enter("zsh -f");
      terminal.enter('autoload -Uz compinit; compinit -D; eval "$(jobctl completion zsh)"; echo ready');
      await terminal.until(/^ready$/m);
      terminal.type("jobctl stop mail");
      terminal.press("Tab");
      await terminal.until(/jobctl stop mail\\?:1@a/m);
    });
  },
);
