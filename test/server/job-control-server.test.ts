import { describe, expect, it } from "vitest";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";

describe("JobControlServer.start()", () => {
  it("opens no port where the server is to drain before it has started", async () => {
    const server = new JobControlServer(testConfiguration(), { log: quietLog });
    const started = server.start();
    await server.drain();
    expect(await started).toBeUndefined();
    await server.drained;
  });

  it("opens no port where it was disposed of", async () => {
    const server = new JobControlServer(testConfiguration(), { log: quietLog });
    const started = server.start();
    const refused = expect(started).rejects.toThrow();
    await server[Symbol.asyncDispose]();
    await refused;
  });
});
