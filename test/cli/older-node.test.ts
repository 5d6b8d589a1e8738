import { afterAll, describe, expect, it } from "vitest";
import { killAll, run } from "./jobctl-process.ts";

afterAll(killAll);

describe("jobctl on an older Node", () => {
  it("says which Node it needs, and not what it stumbles over", async () => {
    const pretending = `Object.defineProperty(process,"versions",{value:{node:"20.20.2"}})`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(pretending)}` };
    expect(await run(["list"], { env })).toEqual({
      code: 1,
      stdout: "",
      stderr: "jobctl: Needs Node 24, and this is Node 20.20.2 (in a checkout: npx jobctl)\n",
    });
  });
});
