import { describe, expect, it } from "vitest";
import type { LaneStats } from "../../src/engine/engine.ts";
import { createServingStatus } from "../../src/rpc/services.ts";
import { ServerHealth } from "../../src/server/health.ts";
import { healthPages } from "../../src/server/web/health-pages.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { pageRequest } from "./web/page-request.ts";

const lane: LaneStats = {
  priority: "normal",
  capacity: 10,
  fullMode: "wait",
  depth: 0,
  waitingWriters: 0,
  turnsInARow: 0,
};

/** The health of a server whose inside the test makes up, as both kinds of probes see it. */
function probed() {
  const serving = createServingStatus();
  const clock = new FakeClock();
  const logged: string[] = [];
  const log = {
    info: (_fields: object, message: string) => void logged.push(message),
    warn: (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`),
  };
  const inside = { consumer: { hasFailed: false, busyMs: 0, commitMs: 0 }, lanes: [lane] };
  const health = new ServerHealth({
    serving,
    clock,
    log,
    consumer: () => inside.consumer,
    lanes: () => inside.lanes,
    degradedAt: 0.8,
  });
  const pages = healthPages(health);
  const get = (path: string, query = "") => {
    const answer = pages(pageRequest(path, { query: new URLSearchParams(query) }));
    if (answer === undefined || answer instanceof Promise) throw new TypeError(`No page: ${path}`);
    return { status: answer.status, lines: String(answer.body).trim().split("\n") };
  };
  return { health, inside, serving, clock, logged, get };
}

describe("The health of a server", () => {
  it("is alive from the beginning, and ready once it is open", () => {
    const { health, serving, get } = probed();
    expect(get("/livez").status).toBe(200);
    expect(get("/readyz").status).toBe(503);
    expect(serving.get("")).toBe("not-serving");
    health.opened();
    expect(get("/readyz")).toEqual({ status: 200, lines: ["ok"] });
    expect(serving.get("")).toBe("serving");
    expect(serving.get("jobcontrol.v1.AdminService")).toBe("serving");
  });

  it("is not ready while a commit does not end, and health services hear of it by themselves", async () => {
    const { health, inside, serving, clock, logged, get } = probed();
    health.opened();
    expect(logged).toEqual([]);
    inside.consumer = { hasFailed: false, busyMs: 0, commitMs: 12_000 };
    expect(get("/readyz").lines).toContain("[-] store: failed, has been writing for 12 s");
    expect(get("/livez").status).toBe(200);
    await clock.advance(1000);
    expect(serving.get("")).toBe("not-serving");
    const told = 'Not ready: no new work should come here {"because":"store has been writing for 12 s"}';
    expect(logged).toEqual([told]);
    await clock.advance(1000);
    inside.consumer = { hasFailed: false, busyMs: 0, commitMs: 0 };
    await clock.advance(1000);
    expect(serving.get("")).toBe("serving");
    expect(logged).toEqual([told, "Ready again"]);
    health.draining();
    expect(logged).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it("is not ready while it drains, though alive", () => {
    const { health, serving, get } = probed();
    health.opened();
    health.draining();
    expect(get("/livez")).toEqual({ status: 200, lines: ["ok"] });
    expect(get("/readyz")).toEqual({
      status: 503,
      lines: [
        "[-] serving: failed, draining",
        "[+] consumer: ok",
        "[+] store: ok",
        "[+] channel: ok",
        "failed",
      ],
    });
    expect(serving.get("")).toBe("not-serving");
  });

  it("is ready again when the store can write again", () => {
    const { health, serving, get } = probed();
    health.opened();
    health.storeIsWritable(false);
    expect(get("/readyz").status).toBe(503);
    expect(get("/readyz").lines).toContain("[-] store: failed, cannot write");
    expect(get("/livez").status).toBe(200);
    expect(serving.get("")).toBe("not-serving");
    health.storeIsWritable(true);
    expect(get("/readyz").status).toBe(200);
    expect(serving.get("")).toBe("serving");
  });

  it("is degraded, and ready, when a lane is filled to its threshold", () => {
    const { health, inside, serving, get } = probed();
    health.opened();
    inside.lanes = [{ ...lane, depth: 7 }];
    expect(get("/readyz", "verbose").lines).toContain("[+] channel: ok");
    inside.lanes = [
      { ...lane, depth: 8 },
      { ...lane, priority: "low", depth: 10 },
    ];
    expect(get("/readyz")).toEqual({ status: 200, lines: ["ok"] });
    expect(get("/readyz", "verbose")).toEqual({
      status: 200,
      lines: [
        "[+] serving: ok",
        "[+] consumer: ok",
        "[+] store: ok",
        "[!] channel: degraded, normal holds 8 of 10, low holds 10 of 10",
        "ok",
      ],
    });
    expect(serving.get("")).toBe("serving");
  });

  it("is neither alive nor ready when the consumer has failed", () => {
    const { health, inside, serving, get } = probed();
    health.opened();
    inside.consumer = { hasFailed: true, busyMs: 0, commitMs: 0 };
    health.failed();
    expect(get("/livez")).toEqual({
      status: 503,
      lines: ["[+] event-loop: ok", "[-] consumer: failed, ended by a fault of its own", "failed"],
    });
    expect(get("/readyz").status).toBe(503);
    expect(serving.get("")).toBe("not-serving");
  });

  it("is not alive when the consumer has been at one thing for half a minute", () => {
    const { inside, get } = probed();
    inside.consumer = { hasFailed: false, busyMs: 29_999, commitMs: 0 };
    expect(get("/livez").status).toBe(200);
    inside.consumer = { hasFailed: false, busyMs: 31_500, commitMs: 0 };
    expect(get("/livez", "verbose").lines).toContain("[-] consumer: failed, stuck for 31 s");
  });

  it("has no other pages", () => {
    const { health } = probed();
    expect(healthPages(health)(pageRequest("/"))).toBeUndefined();
  });
});
