import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { BadRequestSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { AdminService } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import { createAdminService } from "../../src/rpc/admin-service.ts";
import { FakeAdmin } from "./sample.ts";

function clientOf(admin: FakeAdmin) {
  const service = createAdminService(admin);
  const transport = createRouterTransport(({ service: add }) => void add(AdminService, service));
  return createClient(AdminService, transport);
}

describe("createAdminService(), behind connect's router", () => {
  it("answers every method", async () => {
    const admin = new FakeAdmin();
    const client = clientOf(admin);
    expect(await client.getChannelStats({})).toMatchObject({ stats: { depth: 106 } });
    const seen = [];
    for await (const { stats } of client.watchChannelStats({})) seen.push(stats?.depth);
    expect(seen).toEqual([106]);
    expect(await client.updateLimits({ tokensPerSecond: 0.5 })).toMatchObject({ stats: { burst: 20 } });
    expect(await client.drain({ reason: "deploy" })).toMatchObject({ applied: 3n, refused: 2n });
    expect(admin.asked).toEqual([
      1000,
      { tokensPerSecond: 0.5, burst: undefined, reason: "" },
      { timeoutMs: undefined, reason: "deploy" },
    ]);
  });

  it("refuses wrong fields by name, before the core is asked, streams too", async () => {
    const admin = new FakeAdmin();
    const client = clientOf(admin);
    const refused = await client.updateLimits({ burst: 0 }).catch(ConnectError.from);
    expect(refused).toMatchObject({ code: Code.InvalidArgument });
    expect(ConnectError.from(refused).findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations: [{ field: "burst" }] },
    ]);
    const stats = client.watchChannelStats({ interval: { seconds: 61n } })[Symbol.asyncIterator]();
    await expect(stats.next()).rejects.toMatchObject({ code: Code.InvalidArgument });
    expect(admin.asked).toEqual([]);
  });
});
