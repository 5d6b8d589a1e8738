import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { Client, credentials } from "@grpc/grpc-js";
import { GetStatusRequestSchema } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";

const path = "/jobcontrol.v1.JobControlService/GetStatus";
const request = Buffer.from(
  toBinary(GetStatusRequestSchema, create(GetStatusRequestSchema, { jobId: "report" })),
);
const same = (bytes: Buffer) => bytes;

/** A client that spends as little as it can on itself: requests are encoded once, answers are not decoded. */
export class LoadClient implements Disposable {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  }

  call(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, same, same, request, (error, value) => {
        if (error !== null || value === undefined) reject(error ?? new Error("No answer"));
        else resolve(value);
      });
    });
  }

  /** As many calls as go, with so many under way at a time. Calls a second. */
  async saturate(callers: number, durationMs: number): Promise<number> {
    const startedAt = performance.now();
    let calls = 0;
    const caller = async () => {
      while (performance.now() - startedAt < durationMs) {
        await this.call();
        calls++;
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    return (calls * 1000) / (performance.now() - startedAt);
  }

  /** So many calls a second, each begun at its time whether the others are done or not. Their latencies, in ms. */
  async pace(callsPerSecond: number, durationMs: number): Promise<number[]> {
    const startedAt = performance.now();
    const latencies: Promise<number>[] = [];
    for (let due = startedAt; due < startedAt + durationMs; ) {
      const now = performance.now();
      for (; due <= now; due += 1000 / callsPerSecond) latencies.push(this.#timed(due));
      await sleep(1);
    }
    return Promise.all(latencies);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  async #timed(dueMs: number): Promise<number> {
    await this.call();
    return performance.now() - dueMs;
  }
}
