import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { TemporaryFolder } from "../temporary-folder.ts";
import { imageEnvironment } from "./image.ts";

const unit = "deploy/systemd/jobcontrol.service";
const text = readFileSync(unit, "utf8");

function values(key: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

describe("the systemd unit", () => {
  it("runs a program of the package, with variables that the server reads", () => {
    const { bin } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(values("ExecStart")).toEqual([
      `/usr/bin/node --max-semi-space-size=8 /opt/jobcontrol/${bin.jobctl.replace("./", "")} serve`,
    ]);
    const names = values("Environment").map((pair) => pair.split("=")[0] ?? "");
    for (const name of names.filter((each) => each !== "NODE_ENV"))
      expect(Object.keys(imageEnvironment())).toContain(name);
  });

  it("can write where the store is", () => {
    expect(values("Environment")).toContain(
      `JOBCONTROL_STORE=sqlite:/var/lib/${values("StateDirectory")[0]}/jobcontrol.db`,
    );
  });

  it("waits for longer than a drain may take, and leaves the signal to the server alone", () => {
    expect(Number.parseInt(values("TimeoutStopSec")[0] ?? "", 10)).toBeGreaterThan(30 + 2);
    expect(values("KillMode")).toEqual(["mixed"]);
  });

  it("does not try again what does not get better by itself", () => {
    const codes = readFileSync("src/cli/exit-code.ts", "utf8");
    for (const code of (values("RestartPreventExitStatus")[0] ?? "").split(" "))
      expect(codes).toContain(`: ${code},`);
  });

  it("has a user that there is", () => {
    const users = readFileSync("deploy/systemd/jobcontrol.sysusers.conf", "utf8");
    expect(users).toMatch(new RegExp(`^u ${values("User")[0]} `));
  });

  const analyze = spawnSync("systemd-analyze", ["--version"]).error === undefined;

  it.skipIf(!analyze)("is a unit (systemd-analyze verify; skipped where that is not there)", async () => {
    // It looks whether the programs are there, and Node may be elsewhere.
    await using folder = await TemporaryFolder.with({
      "jobcontrol.service": text.replaceAll("/usr/bin/node", process.execPath),
    });
    const file = join(folder.path, "jobcontrol.service");
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
    expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: "" });
  });

  it.skipIf(!analyze)(
    "lies in tight bounds (systemd-analyze security; skipped where that is not there)",
    () => {
      const { status, stderr } = spawnSync("systemd-analyze", [
        "security",
        "--offline=true",
        "--threshold=20",
        unit,
      ]);
      expect({ status, said: String(stderr) }).toMatchObject({ status: 0 });
    },
  );

  const sysusers = spawnSync("systemd-sysusers", ["--version"]).error === undefined;

  it.skipIf(!sysusers)(
    "has a file of its user (systemd-sysusers --dry-run; skipped where that is not there)",
    () => {
      const file = resolve("deploy/systemd/jobcontrol.sysusers.conf");
      const { status, stderr } = spawnSync("systemd-sysusers", ["--dry-run", file], { encoding: "utf8" });
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(stderr).not.toMatch(/ignoring|unknown/i);
    },
  );
});
