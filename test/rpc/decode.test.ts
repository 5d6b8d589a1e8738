import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { StartRequestSchema } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { decodeBinary, decodeJson } from "../../src/rpc/decode.ts";

const request = create(StartRequestSchema, { jobId: "a", input: { text: "ü 😀" } });

/** What is told of text that is no StartRequest. */
function faultOf(text: string) {
  try {
    decodeJson(StartRequestSchema, Buffer.from(text));
  } catch (error) {
    return error as import("@connectrpc/connect").ConnectError;
  }
  throw new TypeError(`Is a request: ${text}`);
}

describe("decodeBinary()", () => {
  it("reads a message", () => {
    expect(decodeBinary(StartRequestSchema, toBinary(StartRequestSchema, request))).toEqual(request);
  });

  it("says of other bytes which type they should be", () => {
    const decode = () => decodeBinary(StartRequestSchema, Buffer.from([0xff]));
    expect(decode).toThrow("Malformed message: jobcontrol.v1.StartRequest");
  });
});

describe("decodeJson()", () => {
  it("reads a message, in the names of JSON and of the proto", () => {
    const read = decodeJson(
      StartRequestSchema,
      Buffer.from(`{"jobId": "a", "input": {"text": "ü \\ud83d\\ude00"}}`),
    );
    expect(read).toEqual(request);
    expect(decodeJson(StartRequestSchema, Buffer.from(`{"job_id": "a"}`)).jobId).toBe("a");
  });

  it("leaves out what it does not know", () => {
    expect(decodeJson(StartRequestSchema, Buffer.from(`{"jobId": "a", "later": 1}`)).jobId).toBe("a");
  });

  it("names the field that is wrong", () => {
    expect(faultOf(`{"jobId": 1}`).findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations: [{ field: "job_id", description: "has no value of its type" }] },
    ]);
  });

  it.each([`{"a": "\\ud800"}`, `{"\\udfff": 1}`, `{"a": ["\\\\\\ud800"]}`, `{"a": "\\ud83d\\ud83d\\ude00"}`])(
    "refuses half of a character: %s",
    (input) => {
      const fault = faultOf(`{"input": ${input}}`);
      expect(fault.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: "INVALID_FIELD" }]);
    },
  );

  it("keeps what only looks like half of a character", () => {
    const { input } = decodeJson(
      StartRequestSchema,
      Buffer.from(`{"input": {"a": "\\\\ud800", "b": "\\ud83d\\ude00"}}`),
    );
    expect(input).toEqual({ a: "\\ud800", b: "😀" });
  });
});
