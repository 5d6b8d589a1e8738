import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
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
      `/usr/bin/node /opt/jobcontrol/${bin.jobctl.replace("./", "")} serve`,
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

  const analyze =
    spawnSync("systemd-analyze", ["--version"]).error === undefined && existsSync("/usr/bin/node");

  it.skipIf(!analyze)(
    "is a unit (systemd-analyze verify; skipped where that or /usr/bin/node is not there)",
    () => {
      const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
      expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: "" });
    },
  );

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
});
