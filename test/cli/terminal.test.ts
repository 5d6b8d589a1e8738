import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere } from "./jobctl-here.ts";
import { killAll, run, serve } from "./jobctl-process.ts";
import { noTerminal, Terminal } from "./terminal.ts";

let address: string;

beforeAll(async () => {
  ({ address } = await serve());
});

afterAll(killAll);

function open(
  options: { columns?: number; rows?: number; env?: Record<string, string> } = {},
): Promise<Terminal> {
  return Terminal.open({ ...options, env: { JOBCONTROL_ADDRESS: address, ...options.env } });
}

const usual = { cursor: true, otherScreen: false, wrap: true };

describe.skipIf(noTerminal !== "").concurrent(`jobctl top, on a terminal${noTerminal}`, () => {
  it("shows jobs and channel, and does what its keys say", async () => {
    await runHere(["start", "top-run", "--type", "forever", "--address", address]);
    await runHere(["start", "top-plan", "--type", "hourly", "--address", address]);
    using terminal = await open();
    terminal.enter("jobctl top");
    const first = await terminal.until(/top-run +running/);
    expect(first).toMatch(new RegExp(`^jobctl top {2}${address} +\\d\\d:\\d\\d:\\d\\d\n\\d+ jobs {2}`));
    await terminal.until(
      /^channel healthy {2}critical 0\/100 {2}high 0\/100 {2}normal 0\/100 {2}low 0\/100$/m,
    );
    expect(terminal.modes).toEqual({ cursor: false, otherScreen: true, wrap: false });

    terminal.press("/", ..."top-", "Enter");
    await terminal.until(/JOB .*\n> top-plan .*\n {2}top-run .*\n\n/);
    terminal.press("j");
    await terminal.until(/^> top-run/m);
    terminal.press("k", "Down");
    await terminal.until(/^> top-run/m);
    terminal.press("s");
    await terminal.until(/^Stop top-run\? y stops it/m);
    terminal.press("n");
    await terminal.until(/^Not stopped$/m);
    terminal.press("s", "y");
    await terminal.until(/^Stop of top-run: applied$/m);
    await terminal.until(/top-run +stopped/);

    terminal.press("Up", "p");
    await terminal.until(/> top-plan +paused[\s\S]*^Pause of top-plan: applied$/m);
    terminal.press("p");
    await terminal.until(/> top-plan +scheduled[\s\S]*^Resume of top-plan: applied$/m);
    terminal.press("j", "p");
    await terminal.until(/^Pause of top-run: WRONG_STATE: /m);

    terminal.press("q");
    await terminal.until(/^\$ $|\$$/m);
    expect(terminal.modes).toEqual(usual);
    expect(terminal.screen()).not.toContain("top-plan");
  });

  it("fits any size, and follows it", async () => {
    using terminal = await open({ columns: 40, rows: 8 });
    terminal.enter("jobctl top");
    const small = (await terminal.until(/^q quit/m)).split("\n");
    expect(small).toHaveLength(8);
    expect(small[1]).toMatch(/^ {2}JOB/);
    terminal.press("End");
    await terminal.until(/^> /m);
    terminal.resize(100, 30);
    const large = await terminal.until(/^q quit {2}↑↓ .* filter$/m);
    expect(large.split("\n")).toHaveLength(30);
    expect(large).toMatch(/^channel /m);
    expect(large).toMatch(/^> /m);
  });

  it.each([
    ["Ctrl-C", "C-c", 130],
    ["q", "q", 0],
  ])("gives the terminal back at %s", async (_name, key, code) => {
    using terminal = await open();
    terminal.enter("echo before; jobctl top; echo after $?");
    await terminal.until(/^q quit/m);
    terminal.press(key);
    expect(await terminal.until(/after \d+$/m)).toMatch(new RegExp(`before\nafter ${code}\n`));
    expect(terminal.modes).toEqual(usual);
    terminal.enter("stty -a");
    expect(await terminal.until(/echoke/)).toMatch(/ icanon .* echo /);
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("gives the terminal back at %s", async (signal, code) => {
    using terminal = await open();
    // What it says of itself can be read until it is told to go on.
    terminal.enter("sh -c 'echo pid $$; read go; exec jobctl top'; echo after $?");
    const [, pid] = /^pid (\d+)$/m.exec(await terminal.until(/^pid \d+$/m)) ?? [];
    terminal.press("Enter");
    await terminal.until(/^q quit/m);
    process.kill(Number(pid), signal);
    await terminal.until(new RegExp(`^after ${code}$`, "m"));
    expect(terminal.modes).toEqual(usual);
  });

  it("gives the terminal back when its time is over, and says so where it can be read", async () => {
    using terminal = await open();
    terminal.enter("jobctl top --timeout 2s; echo after $?");
    await terminal.until(/^q quit/m);
    await terminal.until(/^jobctl: Not done within 2s\nafter 7$/m);
    expect(terminal.modes).toEqual(usual);
  });

  it("gives the terminal back at an error that nobody catches, before that is told", async () => {
    using terminal = await open();
    const script = [
      'import { Screen } from "./src/cli/top/screen.ts";',
      "const screen = new Screen(process.stdin, process.stdout);",
      'screen.open(); screen.draw(["drawn"]);',
      'setTimeout(() => { throw new Error("nobody catches this") }, 1);',
    ];
    terminal.enter(`node --input-type=module -e '${script.join(" ")}'; echo after $?`);
    expect(await terminal.until(/after \d+$/m)).toMatch(/Error: nobody catches this[\s\S]*after 1$/m);
    expect(terminal.modes).toEqual(usual);
  });

  it("has no colours with NO_COLOR, and still shows what is selected", async () => {
    using terminal = await open({ env: { NO_COLOR: "1" } });
    terminal.enter("jobctl top");
    await terminal.until(/^> /m);
    expect(terminal.screen({ colours: true })).not.toContain("\u001b[");
    terminal.press("q");
  });
});

describe.skipIf(noTerminal !== "").concurrent(`jobctl watch, on a terminal${noTerminal}`, () => {
  it("draws a bar for each job that tells how far it is, always in the same place", async () => {
    using terminal = await open();
    terminal.enter(`jobctl start bar-1 --type counts --input '{"total": 30}' --wait; echo after $?`);
    await terminal.until(/^bar-1 {2}█+░+ {2}\d+ % \d+\/30 steps$/m);
    await terminal.until(/^after 0$/m);
    const all = terminal.screen({ history: true });
    expect(all).not.toContain("█");
    expect(all).toMatch(
      /^applied .*\n(\S+ {2}bar-1 +running\n)?\S+ {2}bar-1 +succeeded {2}Completed\n {2}took .*\nafter 0$/m,
    );
  });

  it("says at Ctrl-C that the run goes on", async () => {
    using terminal = await open();
    terminal.enter("jobctl start goes-on --type forever --wait; echo after $?");
    await terminal.until(/goes-on +running/);
    terminal.press("C-c");
    await terminal.until(/^(\^C)?jobctl: goes-on goes on: jobctl stop goes-on ends it\nafter 130$/m);
  });

  it("leaves what it showed at Ctrl-C, and ends with 130", async () => {
    const start = (job: string) =>
      run(["start", job, "--type", "counts", "--input", '{"total": 2000}', "--address", address]);
    await Promise.all([start("bar-2"), start("bar-3")]);
    using terminal = await open({ columns: 60 });
    terminal.enter("jobctl watch bar-2 bar-3 sum; echo after $?");
    await terminal.until(/sum +stopped +Never started\nbar-. {2}[█░]+ {2}.*\nbar-. {2}[█░]+ {2}/);
    terminal.press("C-c");
    expect(await terminal.until(/^after \d+$/m)).toMatch(
      /\nbar-. {2}[█░]+ .*\nbar-. {2}[█░]+ .*\n(\^C)?after 130$/m,
    );
    expect(terminal.modes).toEqual(usual);
  });

  it("has lines and no bars where the terminal is a dumb one", async () => {
    using terminal = await open();
    terminal.enter(`TERM=dumb jobctl start bar-4 --type counts --input '{"total": 3}' --wait; echo after $?`);
    expect(await terminal.until(/^after 0$/m)).toMatch(/bar-4 +running {2}\s*\d+ % \d\/3 steps/);
  });
});

describe.skipIf(noTerminal !== "").concurrent(`jobctl stats --watch, on a terminal${noTerminal}`, () => {
  it("is drawn in its place, however narrow, and stays at Ctrl-C", async () => {
    using terminal = await open({ columns: 40, rows: 30 });
    terminal.enter("jobctl stats --watch --interval 100ms; echo after $?");
    await terminal.until(/^channel /m);
    await runHere(["start", "seen-by-stats", "--type", "forever", "--address", address]);
    await terminal.until(/^ {2}types[\s\S]*forever +\d+ under way/m);
    terminal.press("C-c");
    const screen = await terminal.until(/^after 130$/m, { history: true });
    expect(screen.match(/^channel /gm)).toHaveLength(1);
    expect(terminal.modes).toEqual(usual);
  });
});

describe("jobctl top, elsewhere", () => {
  it("tells what tells the same, with 2", async () => {
    const instead = "jobctl top --json, jobctl list and jobctl watch tell the same anywhere";
    expect(await runHere(["top", "--address", address])).toEqual({
      code: 2,
      stdout: "",
      stderr: `jobctl: top is for a terminal: ${instead}\n`,
    });
  });
});
