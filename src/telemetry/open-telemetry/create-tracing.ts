import {
  type Attributes,
  context,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type TextMapSetter,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import type { Command } from "../../job/command.ts";
import type { JobFailure, RunStatus } from "../../job/job-status.ts";
import type { Answer, Receipt } from "../../job/settlement.ts";
import { isRecorded, type TraceContext } from "../../job/trace.ts";
import type { BegunAttempt, CallSpan, IncomingCall, TracedRun, Tracing } from "../tracing.ts";
import { CallSpans } from "./call-spans.ts";
import { contextIn, contextOf, spanContextOf } from "./span-context.ts";

/**
 * Traces through OpenTelemetry's API, for the SDK that the process has registered, whenever it does. Without one nothing
 * is read, made or kept. A call that is not recorded has no span for its command either; the ids are passed on.
 */
export function createTracing(): Tracing {
  return new OpenTelemetryTracing();
}

class OpenTelemetryTracing implements Tracing {
  #provider: TracerProvider | undefined;
  #known: Tracer | undefined;
  readonly #calls = new CallSpans();
  /** Of the commands that were taken and are not settled yet. */
  readonly #commands = new WeakMap<Command, Span>();
  /** Of the runs that go on, by their ids. */
  readonly #runs = new Map<string, Span>();

  callBegan(call: IncomingCall): CallSpan | undefined {
    const tracer = this.#tracer;
    return tracer && this.#calls.begin(tracer, call);
  }

  commandTaken(command: Command, acceptTimeMs: number): TraceContext | undefined {
    if (command.trace === undefined || !isRecorded(command.trace)) return command.trace;
    const span = this.#commands.get(command) ?? this.#beginCommand(command, command.trace, acceptTimeMs);
    return span && contextOf(span);
  }

  commandSettled(command: Command, receipt: Receipt, answer?: Answer): void {
    if (command.trace === undefined || !isRecorded(command.trace)) return;
    // It goes on in the next life of the store, whose affair it is.
    if (receipt.outcome === "accepted") return;
    const span =
      this.#commands.get(command) ?? this.#beginCommand(command, command.trace, receipt.acceptTimeMs);
    if (span === undefined) return;
    this.#commands.delete(command);
    const jobId = answer?.status?.jobId ?? ("jobId" in command ? command.jobId : "");
    const jobType = answer?.status?.jobType ?? ("jobType" in command ? command.jobType : "");
    span.setAttributes({
      ...(jobId !== "" && { "jobcontrol.job.id": jobId }),
      ...(jobType !== "" && { "jobcontrol.job.type": jobType }),
      ...(answer?.runId !== undefined && { "jobcontrol.run.id": answer.runId }),
      "jobcontrol.command.outcome": receipt.outcome,
      "jobcontrol.command.space_wait_ms": receipt.spaceWaitMs,
      "jobcontrol.command.queue_wait_ms": receipt.queueWaitMs,
      "jobcontrol.command.token_wait_ms": receipt.tokenWaitMs,
    });
    span.end();
  }

  attemptBegan(begun: BegunAttempt): TraceContext | undefined {
    const span = this.#runs.get(begun.runId) ?? this.#beginRun(begun);
    if (span === undefined) return undefined;
    const { attempt, isFallback } = begun;
    span.addEvent(isFallback ? "fallback" : "attempt", { "jobcontrol.run.attempt": attempt });
    return contextOf(span);
  }

  attemptFailed(runId: string, { attempt, reason, message }: JobFailure): void {
    this.#runs.get(runId)?.addEvent("attempt failed", {
      "jobcontrol.run.attempt": attempt,
      "error.type": reason,
      "error.message": clip(message),
    });
  }

  runEnded({ runId, state, attempt, exitCode, error }: RunStatus): void {
    const span = this.#runs.get(runId);
    if (span === undefined) return;
    this.#runs.delete(runId);
    span.setAttributes({
      "jobcontrol.run.attempt": attempt,
      "jobcontrol.run.result": state,
      ...(exitCode !== undefined && { "process.exit.code": exitCode }),
    });
    if (state === "failed" || state === "lost") {
      const { reason = state, message = "" } = error ?? {};
      span.setAttribute("error.type", reason);
      span.setStatus({ code: SpanStatusCode.ERROR, message: clip(message) });
    }
    span.end();
  }

  within<T>(run: TracedRun, work: () => T): T {
    if (run.trace === undefined) return work();
    // In a thread there is only its context.
    const span = this.#runs.get(run.runId) ?? trace.wrapSpanContext(spanContextOf(run.trace));
    return context.with(trace.setSpan(ROOT_CONTEXT, span), work);
  }

  carry(setHeader: (name: string, value: string) => void): void {
    if (this.#tracer !== undefined) propagation.inject(context.active(), setHeader, setter);
  }

  async flush(): Promise<void> {
    let sdk: Partial<FlushableSdk> = { getDelegate: () => trace.getTracerProvider() };
    try {
      while (sdk.getDelegate !== undefined) sdk = sdk.getDelegate();
      await sdk.forceFlush?.();
    } catch {
      // What cannot be sent now is lost. Who looks after the SDK hears of it from the SDK.
    }
  }

  /** Undefined as long as no SDK is registered. */
  get #tracer(): Tracer | undefined {
    const provider = trace.getTracerProvider();
    if (provider === this.#provider) return this.#known;
    // The API's own stands for the one that is yet to come. Another copy of the API in the process has one of its own.
    const tracer =
      provider instanceof ProxyTracerProvider
        ? provider.getDelegateTracer(tracerName)
        : provider.getTracer(tracerName);
    if (tracer === undefined) return undefined;
    this.#provider = provider;
    this.#known = tracer;
    return tracer;
  }

  /** `acceptTimeMs`: 0 for one that never was accepted. */
  #beginCommand(command: Command, parent: TraceContext, acceptTimeMs: number): Span | undefined {
    const attributes = { "jobcontrol.command.id": command.commandId, "jobcontrol.lane": command.priority };
    const startTime = acceptTimeMs === 0 ? {} : { startTime: acceptTimeMs };
    const span = this.#tracer?.startSpan(
      `command ${command.kind}`,
      { attributes, ...startTime },
      contextIn(parent),
    );
    if (span !== undefined) this.#commands.set(command, span);
    return span;
  }

  /** A trace of its own: it may go on long after the call is answered. */
  #beginRun({ jobId, jobType, runId, command }: BegunAttempt): Span | undefined {
    const attributes: Attributes = {
      "jobcontrol.job.id": jobId,
      "jobcontrol.job.type": jobType,
      "jobcontrol.run.id": runId,
      ...(command !== undefined && { "jobcontrol.command.id": command.commandId }),
    };
    const links = command?.trace === undefined ? [] : [{ context: spanContextOf(command.trace) }];
    const span = this.#tracer?.startSpan(`run ${jobType}`, { root: true, attributes, links }, ROOT_CONTEXT);
    if (span !== undefined) this.#runs.set(runId, span);
    return span;
  }
}

const tracerName = "jobcontrol";

/**
 * What the API leaves to the SDKs, and OpenTelemetry's own has. It is behind one that stands for it, of whichever copy of the API
 * the SDK was registered with.
 */
interface FlushableSdk {
  getDelegate(): object;
  forceFlush(): Promise<void>;
}

const setter: TextMapSetter<(name: string, value: string) => void> = {
  set: (setHeader, name, value) => setHeader(name, value),
};

/** Of what people read, so much is enough. */
function clip(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text;
}

const longestText = 256;
