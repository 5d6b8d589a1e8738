import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { GetStatusResponseSchema } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { encode, share } from "../../src/rpc/shared-messages.ts";

const message = () => create(GetStatusResponseSchema, { resumeToken: "e:1" });

describe("encode()", () => {
  it("gives the message in binary form", () => {
    const expected = Buffer.from(toBinary(GetStatusResponseSchema, message()));
    expect(encode(GetStatusResponseSchema, message())).toEqual(expected);
    expect(encode(GetStatusResponseSchema, { resumeToken: "e:1" })).toEqual(expected);
  });

  it("encodes a shared message once", () => {
    const shared = share(message());
    expect(encode(GetStatusResponseSchema, shared)).toBe(encode(GetStatusResponseSchema, shared));
  });

  it("keeps what was encoded when it is shared again", () => {
    const shared = share(message());
    const bytes = encode(GetStatusResponseSchema, shared);
    expect(encode(GetStatusResponseSchema, share(shared))).toBe(bytes);
  });

  it("encodes any other message anew, so that it may change", () => {
    const own = message();
    encode(GetStatusResponseSchema, own);
    own.resumeToken = "e:2";
    expect(encode(GetStatusResponseSchema, own).toString()).toContain("e:2");
  });
});
