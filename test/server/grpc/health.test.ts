import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../../gen/grpc/health/v1/health_pb.ts";
import { AdminService } from "../../../gen/jobcontrol/v1/admin_service_pb.ts";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { Wire } from "./wire.ts";

const services = ["", JobControlService.typeName, AdminService.typeName];

describe("Health.Check", () => {
  it.each(services)("follows the server: %j", async (service) => {
    await using wire = await Wire.open();
    const health = wire.connect(Health);
    expect(await health.check({ service })).toMatchObject({ status: Status.NOT_SERVING });
    wire.serving.set("serving");
    expect(await health.check({ service })).toMatchObject({ status: Status.SERVING });
  });

  it("is NOT_FOUND for a service that is not known", async () => {
    await using wire = await Wire.open();
    await expect(wire.connect(Health).check({ service: "x" })).rejects.toMatchObject({
      code: Code.NotFound,
      details: [expect.anything()],
    });
  });
});

describe("Health.List", () => {
  it("names every service", async () => {
    await using wire = await Wire.open();
    wire.serving.set("serving");
    const { statuses } = await wire.connect(Health).list({});
    const expected = Object.fromEntries(services.map((service) => [service, { status: Status.SERVING }]));
    expect(statuses).toMatchObject(expected);
    expect(Object.keys(statuses)).toHaveLength(services.length);
  });
});

describe("Health.Watch", () => {
  it("tells what is, each change, and the end", async () => {
    await using wire = await Wire.open();
    const watch = wire.connect(Health).watch({})[Symbol.asyncIterator]();
    expect(await watch.next()).toMatchObject({ value: { status: Status.NOT_SERVING } });
    wire.serving.set("serving");
    expect(await watch.next()).toMatchObject({ value: { status: Status.SERVING } });
    wire.serving.end();
    expect(await watch.next()).toMatchObject({ value: { status: Status.NOT_SERVING } });
    await expect(watch.next()).rejects.toMatchObject({ code: Code.Unavailable });
    expect(wire.server.callsInFlight).toBe(0);
  });

  it("says SERVICE_UNKNOWN of a service that is not known, and goes on", async () => {
    await using wire = await Wire.open();
    const watch = wire.connect(Health).watch({ service: "x" })[Symbol.asyncIterator]();
    expect(await watch.next()).toMatchObject({ value: { status: Status.SERVICE_UNKNOWN } });
    wire.serving.set("serving");
    wire.serving.end();
    await expect(watch.next()).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it("leaves nothing behind when its client goes", async () => {
    await using wire = await Wire.open();
    const caller = new AbortController();
    const watch = wire.connect(Health).watch({}, { signal: caller.signal })[Symbol.asyncIterator]();
    await watch.next();
    caller.abort();
    await expect(watch.next()).rejects.toMatchObject({ code: Code.Canceled });
    await wire.server.drain();
    expect(wire.bugs).toEqual([]);
  });
});
