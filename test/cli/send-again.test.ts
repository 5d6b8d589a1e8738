import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { sendAgainAfterCut } from "../../src/cli/verbs/send-again.ts";
import { CallError } from "../../src/client/call-error.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

function setup() {
  const told: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => told.push(String(text)) > 0);
  const onRetry = sendAgainAfterCut({ address: "127.0.0.1:1" });
  return { told, failed: (error: ConnectError) => onRetry({ error: new CallError(error), retryInMs: 1 }) };
}

const cut = new ConnectError("read ECONNRESET", Code.Unavailable);
const unreachable = new ConnectError("connect ECONNREFUSED 127.0.0.1:1", Code.Unavailable);
const details = [{ desc: ErrorInfoSchema, value: { reason: "CHANNEL_FULL", domain: "jobcontrol" } }];
const refused = new ConnectError("full", Code.ResourceExhausted, undefined, details);

describe("sendAgainAfterCut()", () => {
  it.each([
    ["no server was there", unreachable],
    ["the service refused it", refused],
    ["something else answers there", new ConnectError("HTTP 404", Code.Internal)],
  ])("sends nothing again where %s", (_name, error) => {
    const { told, failed } = setup();
    expect(() => failed(error)).toThrow(error.rawMessage);
    expect(told).toEqual([]);
  });

  it("sends it again after a cut, also while the server is not there, and says so once", () => {
    const { told, failed } = setup();
    for (const error of [cut, unreachable, refused, cut]) failed(error);
    expect(told).toEqual(["jobctl: The connection to 127.0.0.1:1 was cut: sending the command again\n"]);
  });
});
