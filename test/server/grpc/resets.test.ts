import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { describe, expect, it } from "vitest";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { WaitingControl } from "../../rpc/waiting-control.ts";
import { pathOf, Wire } from "./wire.ts";

/** Opens a watch and leaves it as soon as the server knows of it: true where there was one to leave. */
async function openAndLeave(session: ClientHttp2Session): Promise<boolean> {
  if (session.closed || session.destroyed) return false;
  const stream = session.request({
    ":method": "POST",
    ":path": pathOf(JobControlService.method.watchStatus),
    "content-type": "application/grpc",
    te: "trailers",
  });
  let hasBegun = false;
  stream.on("error", () => {});
  stream.once("response", () => {
    hasBegun = true;
    stream.close(constants.NGHTTP2_CANCEL);
  });
  stream.end(Buffer.alloc(5)).resume();
  await once(stream, "close").catch(() => {});
  return hasBegun;
}

async function openAndLeaveMany(session: ClientHttp2Session, count: number): Promise<number> {
  let left = 0;
  const oneAfterTheOther = async (share: number) => {
    for (let index = 0; index < share; index++) if (await openAndLeave(session)) left++;
  };
  await Promise.all(Array.from({ length: 50 }, () => oneAfterTheOther(count / 50)));
  return left;
}

describe("A connection whose client takes calls back", () => {
  it("goes on where thousands of watches are opened and left, one after the other as fast as can be", async () => {
    await using wire = await Wire.open(new WaitingControl());
    const session = connect(wire.url);
    // Node by itself closes it after 1000.
    await expect(openAndLeaveMany(session, 3000)).resolves.toBe(3000);
    expect(session.destroyed).toBe(false);
    session.destroy();
    expect(wire.bugs).toEqual([]);
  });

  it("is closed where they are too many, and others go on", async () => {
    await using wire = await Wire.open(new WaitingControl(), { resets: { burst: 100, perSecond: 1 } });
    const session = connect(wire.url).on("error", () => {});
    const closed = new Promise((resolve) => session.once("close", resolve));
    const left = await openAndLeaveMany(session, 1000);
    await closed;
    expect(left).toBeGreaterThanOrEqual(100);
    expect(left).toBeLessThan(1000);
    const other = connect(wire.url);
    await expect(openAndLeave(other)).resolves.toBe(true);
    other.destroy();
    expect(wire.bugs).toEqual([]);
  });
});
