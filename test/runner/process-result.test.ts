import { describe, expect, it } from "vitest";
import { spawnFailure } from "../../src/runner/process-result.ts";
import { nodeWork } from "./node-work.ts";

describe("spawnFailure()", () => {
  it("can be retried where the system lacks something for the moment", () => {
    for (const code of ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"]) {
      const error = Object.assign(new Error("spawn"), { code });
      expect(spawnFailure(nodeWork(""), error)).toEqual({
        kind: "failed",
        reason: "SPAWN_FAILED",
        message: `Cannot start ${process.execPath}: ${code}`,
        retryable: true,
      });
    }
  });

  it("has a message for an error without a code", () => {
    expect(spawnFailure(nodeWork(""), new RangeError("too much"))).toMatchObject({
      message: `Cannot start ${process.execPath}: RangeError: too much`,
      retryable: false,
    });
  });
});
