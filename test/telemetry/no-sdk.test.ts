import { trace } from "@opentelemetry/api";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-node";
import { afterEach, describe, expect, it } from "vitest";
import type { StartCommand } from "../../src/job/command.ts";
import { createTracing } from "../../src/telemetry/open-telemetry/create-tracing.ts";
import type { IncomingCall } from "../../src/telemetry/tracing.ts";

afterEach(() => trace.disable());

/** A call whose headers nobody may read for nothing. */
const unread: IncomingCall = {
  service: { typeName: "a.Service" },
  method: { name: "Call" },
  protocolName: "grpc",
  get requestHeader(): Headers {
    throw new Error("Read");
  },
};

const call: IncomingCall = {
  service: unread.service,
  method: unread.method,
  protocolName: "grpc",
  requestHeader: new Headers(),
};

const attempt = { jobId: "job", jobType: "job", runId: "run", attempt: 1, isFallback: false };
const stored = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", flags: 1 };

describe("Tracing without an SDK", () => {
  it("reads nothing of a call, and makes nothing", () => {
    const tracing = createTracing();
    expect(tracing.callBegan(unread)).toBeUndefined();
    expect(tracing.attemptBegan(attempt)).toBeUndefined();
    expect(tracing.within({ runId: "run" }, () => trace.getActiveSpan())).toBeUndefined();
    tracing.carry(() => expect.unreachable());
  });

  it("makes no span for a command that was accepted when there was one", () => {
    const command = { kind: "start", commandId: "c-1", priority: "normal", trace: stored } as StartCommand;
    expect(createTracing().commandTaken(command, 1)).toBeUndefined();
  });

  it("has nothing to send", async () => {
    await createTracing().flush();
  });

  it("has what is left sent by an SDK that was registered with another copy of the API", async () => {
    let flushed = 0;
    const sdk = { getTracer: () => trace.getTracer(""), forceFlush: async () => void flushed++ };
    const itsProxy = { getTracer: sdk.getTracer, getDelegate: () => sdk };
    trace.setGlobalTracerProvider(itsProxy);
    await createTracing().flush();
    expect(flushed).toBe(1);
  });

  it("finds the SDK that is registered later, and loses the one that goes", () => {
    const tracing = createTracing();
    expect(tracing.callBegan(call)).toBeUndefined();
    trace.setGlobalTracerProvider(new BasicTracerProvider());
    expect(tracing.callBegan(call)?.trace.flags).toBe(1);
    trace.disable();
    expect(tracing.callBegan(call)).toBeUndefined();
    trace.setGlobalTracerProvider(new BasicTracerProvider());
    expect(tracing.callBegan(call)?.trace.flags).toBe(1);
  });
});
