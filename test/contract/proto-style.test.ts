import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

describe("proto/jobcontrol/v1", () => {
  // The rules are in buf.yaml. COMMENTS is among them: whatever has no comment is a finding.
  it("has no lint finding and no element without a comment", () => {
    expect(buf("lint")).toEqual({ findings: "", status: 0 });
  });

  it("is formatted", () => {
    expect(buf("format", "--diff", "--exit-code")).toEqual({ findings: "", status: 0 });
  });
});

function buf(...args: readonly string[]): { findings: string; status: number | null } {
  const program = resolve(root, "node_modules/.bin/buf");
  const { stdout, stderr, status } = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  return { findings: stdout + stderr, status };
}
