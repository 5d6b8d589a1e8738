import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { execPath } from "node:process";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";

type Probe = "startupProbe" | "livenessProbe" | "readinessProbe";

const pod: { spec: { containers: readonly Record<Probe, { exec: { command: readonly string[] } }>[] } } =
  parse(readFileSync("deploy/kubernetes/probes.yaml", "utf8"));

/** The exit code of a probe's command, run against this port. */
function probe(name: Probe, port: number): Promise<number> {
  const [program, ...args] = pod.spec.containers[0]?.[name].exec.command ?? [];
  expect(program).toBe("node");
  const aimed = args.map((text) => text.replace("127.0.0.1:50051", `127.0.0.1:${port}`));
  return new Promise((resolve) => {
    execFile(execPath, aimed, (error) => resolve(error === null ? 0 : Number(error.code)));
  });
}

describe.each<Probe>(["startupProbe", "livenessProbe", "readinessProbe"])("the %s", (name) => {
  it("holds while the server is up, and not when it is gone", async () => {
    const server = new JobControlServer(testConfiguration(), { log: quietLog });
    const port = (await server.start()) ?? expect.fail("Not started");
    expect(await probe(name, port)).toBe(0);
    await server.drain();
    expect(await probe(name, port)).toBe(1);
  });

  it("does not hold where the answer is 503", async () => {
    const ill = createServer((_, response) => response.writeHead(503).end());
    const { promise, resolve } = Promise.withResolvers<void>();
    ill.listen(0, "127.0.0.1", resolve);
    await promise;
    const address = ill.address();
    expect(await probe(name, typeof address === "object" ? (address?.port ?? 0) : 0)).toBe(1);
    ill.close();
  });
});
