import { once } from "node:events";
import { Code, ConnectError } from "@connectrpc/connect";
import { Metadata } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { StatusReply } from "../../../src/control/job-control.ts";
import type { WatchMessage } from "../../../src/control/watch/watch.ts";
import { bareStatus, FakeControl, fullStatus } from "../../rpc/sample.ts";
import { WaitingControl } from "../../rpc/waiting-control.ts";
import { refusal, Wire } from "./wire.ts";

const { getStatus, start, stop, listJobs, watchStatus } = JobControlService.method;

describe("A unary call", () => {
  it("is answered to both clients", async () => {
    await using wire = await Wire.open();
    const raw = wire.grpcJs();
    const connect = wire.connect(JobControlService);
    expect(await raw.call(getStatus, { jobId: "a" })).toMatchObject({
      status: { uid: "u-1" },
      resumeToken: "e:42",
    });
    expect(await connect.getStatus({ jobId: "a" })).toMatchObject({
      status: { uid: "u-1" },
      resumeToken: "e:42",
    });
    expect(await raw.call(start, { jobId: "a", input: { n: 1 } })).toMatchObject({ started: true });
    expect(await connect.stop({ jobId: "a" })).toMatchObject({ receipt: { replayed: true } });
    expect(await raw.call(listJobs, {})).toMatchObject({ jobs: [{ uid: "u-1" }, { uid: "u-2" }] });
    expect(wire.control.asked).toHaveLength(5);
  });

  it("brings its deadline and its peer to the core", async () => {
    await using wire = await Wire.open();
    const calledAt = Date.now();
    const deadline = calledAt + 60_000;
    await wire.grpcJs().call(start, { jobId: "a" }, { deadline });
    expect(wire.control.peer).toMatch(/^127\.0\.0\.1:\d+$/);
    // What is left of it goes over the wire, so that it comes later by the time that the call was on its way.
    const laterMs = (wire.control.call?.deadlineMs ?? 0) - deadline;
    expect(Math.abs(laterMs)).toBeLessThan(1000 + Date.now() - calledAt);
    await wire.grpcJs().call(stop, { jobId: "a" });
    expect(wire.control.call?.deadlineMs).toBeUndefined();
  });

  it("fires its signal when the caller cancels", async () => {
    const control = new WaitingControl();
    await using wire = await Wire.open(control);
    const caller = new AbortController();
    const refused = refusal(wire.grpcJs().call(getStatus, { jobId: "a" }, { signal: caller.signal }));
    await control.begun;
    caller.abort();
    expect(await refused).toMatchObject({ code: Code.Canceled });
    expect(ConnectError.from(await control.ended).code).toBe(Code.Canceled);
    expect(wire.bugs).toEqual([]);
  });

  it("fires its signal when the caller's connection is gone", async () => {
    const control = new WaitingControl();
    await using wire = await Wire.open(control);
    const raw = wire.grpcJs();
    const refused = refusal(raw.call(getStatus, { jobId: "a" }));
    await control.begun;
    raw.client.close();
    raw.client.getChannel().close();
    await wire.server[Symbol.asyncDispose]();
    expect(ConnectError.from(await control.ended).code).toBe(Code.Canceled);
    await refused;
  });

  it("takes a deadline further away than grpc-js can count for the furthest that it can", async () => {
    await using wire = await Wire.open();
    await wire.grpcJs().call(start, { jobId: "a" }, { deadline: Date.now() + 400 * 86_400_000 });
    const remainingDays = ((wire.control.call?.deadlineMs ?? 0) - Date.now()) / 86_400_000;
    expect(remainingDays).toBeCloseTo(24.85, 1);
  });

  it("fires its signal when its deadline has passed", async () => {
    const control = new WaitingControl();
    await using wire = await Wire.open(control);
    // As a client sends it that leaves it to the server: one with a timer of its own might not even get there in time.
    const metadata = new Metadata();
    metadata.set("grpc-timeout", "200m");
    const refused = refusal(wire.grpcJs().call(getStatus, { jobId: "a" }, { metadata }));
    expect(await refused).toMatchObject({ code: Code.DeadlineExceeded });
    await control.ended;
    expect(wire.bugs).toEqual([]);
  });

  it("does not fire its signal once it was answered", async () => {
    const control = new FakeControl();
    const answer = control.getStatus.bind(control);
    let signal: AbortSignal | undefined;
    control.getStatus = (request, call) => {
      signal = call.signal;
      return answer(request, call);
    };
    await using wire = await Wire.open(control);
    const raw = wire.grpcJs();
    await raw.call(getStatus, { jobId: "a" });
    await raw.call(getStatus, { jobId: "a" });
    expect(signal?.aborted).toBe(false);
  });

  it("is counted until it is answered", async () => {
    const control = new FakeControl();
    const { promise, resolve } = Promise.withResolvers<StatusReply>();
    const begun = Promise.withResolvers<void>();
    control.getStatus = () => {
      begun.resolve();
      return promise;
    };
    await using wire = await Wire.open(control);
    const answer = wire.grpcJs().call(getStatus, { jobId: "a" });
    await begun.promise;
    expect(wire.server.callsInFlight).toBe(1);
    resolve({ status: bareStatus, resumeToken: "" });
    await answer;
    expect(wire.server.callsInFlight).toBe(0);
  });
});

describe("A stream", () => {
  it("brings every message, in order, and then its end", async () => {
    const control = new FakeControl();
    control.messages = [
      { kind: "snapshot", jobId: "idle", status: bareStatus, serverTimeMs: 1 },
      { kind: "snapshot-end", resumeToken: "e:1", serverTimeMs: 2 },
      { kind: "changed", status: fullStatus, resumeToken: "e:2", coalesced: 0, serverTimeMs: 3 },
      { kind: "closing", reason: "until-met", resumeToken: "e:2", serverTimeMs: 4 },
    ];
    await using wire = await Wire.open(control);
    const kinds: number[] = [];
    for await (const { kind } of wire.connect(JobControlService).watchStatus({ jobIds: ["idle"] }))
      kinds.push(kind);
    expect(kinds).toEqual([1, 2, 3, 7]);
    expect(wire.control.asked).toMatchObject([{ jobIds: ["idle"] }]);
  });

  it("lets go of the watch when the caller cancels", async () => {
    const control = new WaitingControl();
    await using wire = await Wire.open(control);
    const stream = wire.grpcJs().stream(watchStatus, {});
    stream.on("error", () => {});
    stream.resume();
    await control.begun;
    expect(wire.server.callsInFlight).toBe(1);
    stream.cancel();
    expect(ConnectError.from(await control.ended).code).toBe(Code.Canceled);
    expect(wire.server.callsInFlight).toBe(0);
    expect(wire.bugs).toEqual([]);
  });

  it("lets go of a watch that does not heed its signal", async () => {
    const begun = Promise.withResolvers<void>();
    const returned = Promise.withResolvers<void>();
    const deaf: AsyncIterator<WatchMessage> = {
      next: () => {
        begun.resolve();
        return new Promise(() => {});
      },
      return: async () => {
        returned.resolve();
        return { done: true, value: undefined };
      },
    };
    const control = new FakeControl();
    control.watch = () => ({ [Symbol.asyncIterator]: () => deaf });
    await using wire = await Wire.open(control);
    const stream = wire.grpcJs().stream(watchStatus, {});
    stream.on("error", () => {});
    stream.resume();
    await begun.promise;
    stream.cancel();
    await returned.promise;
    expect(wire.server.callsInFlight).toBe(0);
  });

  it("asks for no more than it can send, and goes on when the client reads", async () => {
    const total = 5000;
    const control = new FakeControl();
    let pulled = 0;
    control.watch = async function* () {
      for (; pulled < total; pulled++) {
        const status = { ...bareStatus, revision: pulled, message: "x".repeat(1000) };
        yield { kind: "snapshot", jobId: "idle", status, serverTimeMs: 0 };
      }
    };
    await using wire = await Wire.open(control);
    const stream = wire.grpcJs().stream(watchStatus, {});
    let read = 0;
    await once(
      stream.on("data", () => read++),
      "data",
    );
    stream.pause();
    const others = wire.grpcJs();
    for (let i = 0; i < 100; i++) await others.call(getStatus, { jobId: "a" });
    const pulledUnread = pulled;
    expect(pulledUnread).toBeGreaterThan(10);
    expect(pulledUnread).toBeLessThan(1000);
    for (let i = 0; i < 100; i++) await others.call(getStatus, { jobId: "a" });
    expect(pulled).toBe(pulledUnread);

    stream.resume();
    await once(stream, "end");
    expect(read).toBe(total);
  });

  it("sends a change to all who watch from the same bytes", async () => {
    const control = new FakeControl();
    let encodings = 0;
    const ownKeys = (target: object) => {
      encodings++;
      return Reflect.ownKeys(target);
    };
    const status = { ...bareStatus, revision: 7, labels: new Proxy({}, { ownKeys }) };
    control.messages = [{ kind: "changed", status, resumeToken: "e:2", coalesced: 0, serverTimeMs: 3 }];
    await using wire = await Wire.open(control);
    const connect = wire.connect(JobControlService);
    const watches = Array.from({ length: 20 }, async () => {
      for await (const { status: seen } of connect.watchStatus({})) expect(seen?.revision).toBe(7n);
    });
    await Promise.all(watches);
    expect(encodings).toBe(1);
  });
});
