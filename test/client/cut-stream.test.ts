import { create } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  WatchStatusRequest_Delivery as Delivery,
  WatchStatusResponse_Kind as Kind,
  WatchStatusRequestSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { createClientOn, createJobControlClient, type JobControlClient } from "../../src/client/index.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";
import { CuttableProxy } from "../stress/cuttable-proxy.ts";
import { transports } from "./every-transport.ts";

const { JOBCONTROL_STRESS } = process.env;

let opened: AsyncDisposableStack;
let proxy: CuttableProxy;
let direct: JobControlClient;

beforeAll(async () => {
  opened = new AsyncDisposableStack();
  const server = opened.use(new JobControlServer(testConfiguration(), { log: quietLog }));
  const port = await server.start();
  if (port === undefined) throw new Error("The server has no port");
  proxy = opened.use(await CuttableProxy.to(port));
  direct = opened.use(createJobControlClient({ address: `127.0.0.1:${port}` }));
});

afterAll(async () => {
  await opened.disposeAsync();
});

/** The token of this moment, and then three runs. */
async function threeRuns(): Promise<string> {
  const { resumeToken } = await direct.jobs.listJobs({});
  for (const _run of [1, 2, 3]) await direct.start({ jobId: "sum", input: { numbers: [1] } }, { wait: true });
  return resumeToken;
}

describe("a watch over a connection that is cut", () => {
  it.each(Object.entries(transports))(
    "tells each change once and in order, wherever the cut is: %s",
    async (_name, transport) => {
      const request = create(WatchStatusRequestSchema, {
        jobIds: ["sum"],
        resumeToken: await threeRuns(),
        delivery: Delivery.EVERY_TRANSITION,
        maxChanges: 6,
      });
      let interruptions = 0;
      /** What is told where the stream is cut after so many bytes of it. */
      const toldWithCutAfter = async (bytes: number) => {
        using opened = new DisposableStack();
        const client = createClientOn(transport(proxy.port, opened));
        proxy.cutAfter(bytes);
        const revisions: bigint[] = [];
        const watch = client.watchStatus(request, {
          backoff: { initialMs: 1 },
          onInterrupted: () => interruptions++,
        });
        for await (const { kind, status } of watch) {
          if (kind === Kind.CHANGED) revisions.push(status?.revision ?? 0n);
        }
        proxy.cut();
        return revisions;
      };
      const whole = await toldWithCutAfter(Number.POSITIVE_INFINITY);
      expect(whole).toHaveLength(6);
      expect(interruptions).toBe(0);
      const step = JOBCONTROL_STRESS === undefined ? 97 : 1;
      for (let bytes = 0; bytes < 2000; bytes += step) {
        expect([bytes, await toldWithCutAfter(bytes)]).toEqual([bytes, whole]);
      }
      expect(interruptions).toBeGreaterThan(1500 / step);
    },
    JOBCONTROL_STRESS === undefined ? 20_000 : 300_000,
  );

  it("leaves no watch behind in the server when its loop is left early", async () => {
    for await (const { kind } of direct.watchStatus()) if (kind === Kind.SNAPSHOT_END) break;
    const watchers = async () => (await direct.admin.getChannelStats({})).stats?.watchers;
    await expect.poll(watchers).toBe(0);
  });
});
