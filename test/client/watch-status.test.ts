import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import {
  WatchStatusResponse_CloseReason as CloseReason,
  JobControlService,
  WatchStatusResponse_Kind as Kind,
  WatchStatusRequest_Until as Until,
  type WatchStatusRequest,
  WatchStatusResponseSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { type Interruption, type WatchOptions, watchStatus } from "../../src/client/watch-status.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

type Told = MessageInitShape<typeof WatchStatusResponseSchema>;

/** What one stream says: messages, then its end, an error, or silence. */
interface Script {
  readonly says: readonly Told[];
  readonly ending: "end" | "silence" | ConnectError;
}

const snapshot = (jobId: string): Told => ({ kind: Kind.SNAPSHOT, status: { jobId } });
const snapshotEnd = (revision: number): Told => ({ kind: Kind.SNAPSHOT_END, resumeToken: `e:${revision}` });
const changed = (revision: number): Told => ({ kind: Kind.CHANGED, resumeToken: `e:${revision}` });
const closing = (closeReason: CloseReason, reconnectAfterMs?: number): Told => ({
  kind: Kind.CLOSING,
  closeReason,
  ...(reconnectAfterMs !== undefined && { reconnectAfter: durationFromMs(reconnectAfterMs) }),
});
const kindNames = Object.fromEntries(Object.entries(Kind).map(([name, kind]) => [kind, name]));
const cut = new ConnectError("gone", Code.Unavailable);

/** A service that plays one script after the other, and what was asked of it. */
class ScriptedService {
  readonly clock = new FakeClock();
  readonly asked: WatchStatusRequest[] = [];
  readonly interruptions: Interruption[] = [];
  open = 0;
  readonly #scripts: Script[];

  constructor(...scripts: readonly Script[]) {
    this.#scripts = [...scripts];
  }

  watch(request: Parameters<typeof watchStatus>[1] = {}, options: WatchOptions = {}) {
    const transport = createRouterTransport(({ service }) => {
      service(JobControlService, { watchStatus: (asked, { signal }) => this.#play(asked, signal) });
    });
    return watchStatus(createClient(JobControlService, transport), request, {
      clock: this.clock,
      backoff: { random: () => 0.5 },
      onInterrupted: (interruption) => this.interruptions.push(interruption),
      ...options,
    });
  }

  /** All that the watch tells, as words, while the clock goes on. */
  async told(...args: Parameters<ScriptedService["watch"]>): Promise<readonly string[]> {
    const words: string[] = [];
    const reading = (async () => {
      for await (const { kind, resumeToken } of this.watch(...args))
        words.push(`${kindNames[kind]} ${resumeToken}`.trim());
    })();
    let isOver = false;
    reading.finally(() => (isOver = true)).catch(() => {});
    for (let round = 0; round < 1000 && !isOver; round++) await this.clock.advance(100);
    await reading;
    return words;
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await this.clock.advance(0);
  }

  async *#play(asked: WatchStatusRequest, signal: AbortSignal) {
    this.asked.push(asked);
    this.open++;
    try {
      const script = this.#scripts.shift();
      if (script === undefined) throw new ConnectError("no more scripts", Code.Unimplemented);
      for (const message of script.says) yield create(WatchStatusResponseSchema, message);
      if (script.ending instanceof ConnectError) throw script.ending;
      if (script.ending === "silence")
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    } finally {
      this.open--;
    }
  }
}

const done: Script = { says: [closing(CloseReason.UNTIL_MET)], ending: "end" };

describe("watchStatus()", () => {
  it("tells what one stream tells, and ends with its CLOSING", async () => {
    const service = new ScriptedService({
      says: [snapshot("a"), snapshotEnd(1), changed(2), closing(CloseReason.UNTIL_MET)],
      ending: "end",
    });
    expect(await service.told()).toEqual(["SNAPSHOT", "SNAPSHOT_END e:1", "CHANGED e:2", "CLOSING"]);
    expect(service.interruptions).toEqual([]);
  });

  it.each<[string, Script["ending"]]>([
    ["is cut", cut],
    ["ends without a word", "end"],
    ["falls silent", "silence"],
  ])("goes on from its last token where the stream %s", async (_what, how) => {
    const service = new ScriptedService(
      { says: [snapshot("a"), snapshotEnd(1), changed(2)], ending: how },
      { says: [changed(3), snapshotEnd(3), closing(CloseReason.UNTIL_MET)], ending: "end" },
    );
    const request = { jobIds: ["a"], until: Until.ALL_SETTLED };
    expect(await service.told(request)).toEqual([
      "SNAPSHOT",
      "SNAPSHOT_END e:1",
      "CHANGED e:2",
      "CHANGED e:3",
      "SNAPSHOT_END e:3",
      "CLOSING",
    ]);
    expect(service.asked[1]).toMatchObject({ ...request, resumeToken: "e:2" });
    expect(service.interruptions).toHaveLength(1);
  });

  it("takes a stream for dead that says nothing for twice the bookmark interval, which it asks for", async () => {
    const service = new ScriptedService({ says: [snapshotEnd(1)], ending: "silence" }, done);
    const told = service.told({ bookmarkInterval: durationFromMs(2000) });
    await told;
    expect(
      service.asked.map(({ bookmarkInterval }) => bookmarkInterval && durationMs(bookmarkInterval)),
    ).toEqual([2000, 2000]);
    expect(service.interruptions[0]?.error?.message).toBe("The stream fell silent");
  });

  it("asks for a bookmark every 15 s where nothing is said of them, also where that is said in so many words", async () => {
    const service = new ScriptedService(done, done);
    await service.told();
    await service.told({ bookmarkInterval: undefined });
    const intervals = service.asked.map(({ bookmarkInterval }) => bookmarkInterval);
    expect(intervals).toEqual([durationFromMs(15_000), durationFromMs(15_000)]);
  });

  it("does not take its reader's slowness for the stream's silence", async () => {
    const service = new ScriptedService({ says: [snapshotEnd(1), changed(2)], ending: "silence" });
    const watch = service.watch({ bookmarkInterval: durationFromMs(1000) });
    await watch.next();
    await service.clock.advance(60_000);
    expect((await watch.next()).value).toMatchObject({ resumeToken: "e:2" });
    await watch.return();
    expect(service.asked).toHaveLength(1);
    expect(service.clock.pendingTimers).toBe(0);
  });

  it("begins with RESET where a snapshot was cut before there was a token", async () => {
    const service = new ScriptedService(
      { says: [snapshot("a")], ending: cut },
      { says: [snapshot("b"), snapshotEnd(5), closing(CloseReason.UNTIL_MET)], ending: "end" },
    );
    expect(await service.told()).toEqual(["SNAPSHOT", "RESET", "SNAPSHOT", "SNAPSHOT_END e:5", "CLOSING"]);
    expect(service.asked[1]?.resumeToken).toBe("");
  });

  it("tells RESET once, however many tries the next snapshot takes", async () => {
    const failing: Script = { says: [], ending: cut };
    const service = new ScriptedService({ says: [snapshot("a")], ending: cut }, failing, failing, {
      says: [snapshot("b"), snapshotEnd(5), closing(CloseReason.UNTIL_MET)],
      ending: "end",
    });
    expect(await service.told()).toEqual(["SNAPSHOT", "RESET", "SNAPSHOT", "SNAPSHOT_END e:5", "CLOSING"]);
  });

  it("shows the RESET of a server that no longer has what was missed", async () => {
    const service = new ScriptedService(
      { says: [snapshotEnd(1)], ending: cut },
      {
        says: [{ kind: Kind.RESET }, snapshot("a"), snapshotEnd(9), closing(CloseReason.UNTIL_MET)],
        ending: "end",
      },
    );
    expect(await service.told()).toEqual([
      "SNAPSHOT_END e:1",
      "RESET",
      "SNAPSHOT",
      "SNAPSHOT_END e:9",
      "CLOSING",
    ]);
  });

  it("comes back to a server that drains, not before it was told to, and does not show its CLOSING", async () => {
    const service = new ScriptedService(
      { says: [snapshotEnd(1), closing(CloseReason.DRAINING, 3000)], ending: cut },
      done,
    );
    expect(await service.told()).toEqual(["SNAPSHOT_END e:1", "CLOSING"]);
    expect(service.interruptions).toEqual([{ error: undefined, retryInMs: 3125 }]);
  });

  it("takes up a watch that was too slow", async () => {
    const service = new ScriptedService(
      { says: [snapshotEnd(1), closing(CloseReason.TOO_SLOW)], ending: "end" },
      done,
    );
    expect(await service.told()).toEqual(["SNAPSHOT_END e:1", "CLOSING"]);
  });

  it("asks only for the changes that are still owed, and ends where all have come though the end was cut", async () => {
    const service = new ScriptedService(
      { says: [snapshotEnd(1), changed(2)], ending: cut },
      { says: [changed(3), changed(4)], ending: cut },
    );
    expect(await service.told({ maxChanges: 3 })).toEqual([
      "SNAPSHOT_END e:1",
      "CHANGED e:2",
      "CHANGED e:3",
      "CHANGED e:4",
    ]);
    expect(service.asked.map(({ maxChanges }) => maxChanges)).toEqual([3, 2]);
  });

  it("waits twice as long after each try that fails, with full jitter, up to a limit, and anew after a stream that lasted", async () => {
    const failing: Script = { says: [], ending: cut };
    const lasting: Script = { says: [snapshotEnd(1)], ending: "silence" };
    const service = new ScriptedService(failing, failing, failing, failing, lasting, failing, done);
    await service.told({}, { backoff: { initialMs: 100, maxMs: 300, random: () => 0.5 } });
    const waits = service.interruptions.map(({ retryInMs }) => retryInMs);
    expect(waits).toEqual([50, 100, 150, 150, 50, 100]);
  });

  it("waits longer each time where streams are cut as soon as they have begun", async () => {
    const cutAtOnce: Script = { says: [snapshotEnd(1)], ending: cut };
    const service = new ScriptedService(cutAtOnce, cutAtOnce, cutAtOnce, done);
    await service.told({}, { backoff: { initialMs: 100, maxMs: 300, random: () => 0.5 } });
    expect(service.interruptions.map(({ retryInMs }) => retryInMs)).toEqual([50, 100, 150]);
  });

  it("waits at least as long as the server says", async () => {
    const details = [{ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(4000) } }];
    const full = new ConnectError("full", Code.ResourceExhausted, undefined, details);
    const service = new ScriptedService({ says: [], ending: full }, done);
    await service.told();
    expect(service.interruptions[0]?.retryInMs).toBeGreaterThanOrEqual(4000);
  });

  it.each([
    Code.InvalidArgument,
    Code.NotFound,
    Code.PermissionDenied,
    Code.Unauthenticated,
    Code.Unimplemented,
  ])("throws what asking again would not change: code %i", async (code) => {
    const service = new ScriptedService({ says: [], ending: new ConnectError("no", code) });
    await expect(service.told()).rejects.toMatchObject({ name: "CallError", message: "no" });
    expect(service.asked).toHaveLength(1);
  });

  it("leaves no timer behind when the loop is left early", async () => {
    const service = new ScriptedService({ says: [snapshotEnd(1)], ending: "silence" });
    for await (const _message of service.watch()) break;
    expect(service.clock.pendingTimers).toBe(0);
  });

  it("ends with its signal's reason, in a stream and between two", async () => {
    const caller = new AbortController();
    const service = new ScriptedService({ says: [snapshotEnd(1)], ending: "silence" });
    const watch = service.watch({}, { signal: caller.signal });
    await watch.next();
    const next = watch.next();
    caller.abort(new Error("enough"));
    await expect(next).rejects.toThrow("enough");
    await service.settle();
    const late = new AbortController();
    const other = new ScriptedService({ says: [], ending: cut });
    const between = other.told(
      {},
      {
        signal: late.signal,
        onInterrupted: () => late.abort(new Error("not again")),
      },
    );
    await expect(between).rejects.toThrow("not again");
    expect([service.open, service.clock.pendingTimers, other.clock.pendingTimers]).toEqual([0, 0, 0]);
  });
});
