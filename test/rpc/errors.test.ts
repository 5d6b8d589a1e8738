import { readFileSync } from "node:fs";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it, vi } from "vitest";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { type ErrorCode, JobControlError, type Refusal } from "../../src/job/errors.ts";
import { accessStatusOf, reasonOf, statusOf, toConnectError } from "../../src/rpc/errors.ts";

const codes = Object.keys(statusOf) as ErrorCode[];

function noBug(error: unknown): never {
  throw error;
}

const refuse = (refusal: Refusal) => toConnectError(new JobControlError(refusal), noBug);

/** The value of the first detail of a type, as it was put in. */
function detail(error: ConnectError, desc: { typeName: string }): unknown {
  return error.details.find((each) => "desc" in each && each.desc.typeName === desc.typeName)?.value;
}

describe("toConnectError()", () => {
  it.each(codes)("gives %s its status and reason", (code) => {
    const error = refuse({ code, message: "No", metadata: { jobId: "a" } });
    expect(error.code).toBe(statusOf[code]);
    expect(error.rawMessage).toBe("No");
    expect(detail(error, ErrorInfoSchema)).toEqual({
      reason: reasonOf(code),
      domain: "jobcontrol",
      metadata: { jobId: "a" },
    });
  });

  it("names the wrong fields", () => {
    const violations = [{ field: "job_ids[3]", description: "is wrong" }];
    const error = refuse({ code: "INVALID_FIELD", message: "No", violations });
    expect(detail(error, BadRequestSchema)).toEqual({ fieldViolations: violations });
  });

  it("keeps the trailers of thousands of wrong fields short", () => {
    const violations = Array.from({ length: 5000 }, (_, i) => ({
      field: `job_ids[${i}]`,
      description: "is wrong",
    }));
    const error = refuse({ code: "INVALID_FIELD", message: "x".repeat(10_000), violations });
    const told = detail(error, BadRequestSchema) as { fieldViolations: typeof violations };
    expect(told.fieldViolations.slice(0, 100)).toEqual(violations.slice(0, 100));
    expect(JSON.stringify(told).length).toBeLessThan(10_000);
    expect(error.rawMessage).toHaveLength(512);
  });

  it("says how long to wait, to programs and to gRPC's own retries", () => {
    const error = refuse({ code: "CHANNEL_FULL", message: "Full", retryAfterMs: 1500.2 });
    expect(detail(error, RetryInfoSchema)).toMatchObject({ retryDelay: { seconds: 1n, nanos: 500_200_000 } });
    expect(error.metadata.get("grpc-retry-pushback-ms")).toBe("1501");
  });

  it("says nothing of waiting where it does not help", () => {
    const error = refuse({ code: "WRONG_STATE", message: "No" });
    expect(detail(error, RetryInfoSchema)).toBeUndefined();
    expect(error.metadata.get("grpc-retry-pushback-ms")).toBeNull();
  });

  it("takes the end of the call for what it is, and claims no more", () => {
    const aborted = AbortSignal.abort().reason;
    const timedOut = new DOMException("", "TimeoutError");
    const cancelled = new ConnectError("Cancelled", Code.Canceled);
    expect(toConnectError(aborted, noBug)).toMatchObject({ code: Code.Canceled, details: [] });
    expect(toConnectError(timedOut, noBug)).toMatchObject({ code: Code.DeadlineExceeded, details: [] });
    expect(toConnectError(cancelled, noBug)).toBe(cancelled);
  });

  it.each([new TypeError("secret"), "secret", undefined])("tells nothing of a bug of ours: %s", (bug) => {
    const onBug = vi.fn();
    const error = toConnectError(bug, onBug);
    expect(error.code).toBe(Code.Internal);
    expect(error.rawMessage).toBe("Internal error");
    expect(error.cause).toBeUndefined();
    expect(onBug).toHaveBeenCalledExactlyOnceWith(bug);
  });
});

describe("docs/errors.md", () => {
  it("has the same table", () => {
    const text = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
    const rows = text.matchAll(/^\| `([A-Z_]+)`\s*\| `([A-Z_]+)`\s*\|/gm);
    const documented = [...rows].map(([, status, reason]) => `${status} ${reason}`);
    const coded = codes.map((code) => `${nameOf(statusOf[code])} ${reasonOf(code)}`);
    const ofAccess = Object.entries(accessStatusOf).map(([reason, status]) => `${nameOf(status)} ${reason}`);
    expect(documented.sort()).toEqual([...coded, ...ofAccess].sort());
  });
});

/** connect writes `ResourceExhausted` and `Canceled`, gRPC `RESOURCE_EXHAUSTED` and `CANCELLED`. */
function nameOf(code: Code): string {
  if (code === Code.Canceled) return "CANCELLED";
  return Code[code].replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
