import { describe, expect, it } from "vitest";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { textAnswer } from "../../../src/server/web/answer.ts";
import type { Pages } from "../../../src/server/web/routes.ts";
import { FakeControl } from "../../rpc/sample.ts";
import { pathOf, WebWire } from "./web-wire.ts";

const { getStatus } = JobControlService.method;
const app = "https://app.example.com";

const first: Pages = ({ path, query }) =>
  path === "/hello" ? textAnswer(200, `Hello ${query.get("name")}`) : undefined;
const second: Pages = async ({ path }) =>
  path === "/late"
    ? { status: 200, headers: ["Content-Type", "image/png"], body: Buffer.from([1, 2]) }
    : undefined;
const broken: Pages = ({ path }) => {
  if (path === "/broken") throw new RangeError("broken");
  return undefined;
};

function open(options = {}): Promise<WebWire> {
  return WebWire.open(new FakeControl(), { pages: [first, second, broken], ...options });
}

describe("Pages", () => {
  it("are asked for in turn", async () => {
    await using wire = await open();
    const hello = await fetch(`${wire.url}/hello?name=you`);
    expect(await hello.text()).toBe("Hello you\n");
    const late = await fetch(`${wire.url}/late`);
    expect(late.headers.get("content-type")).toBe("image/png");
    expect((await late.bytes()).length).toBe(2);
    expect((await fetch(`${wire.url}/Hello`)).status).toBe(404);
  });

  it("answer HEAD with no more than the head", async () => {
    await using wire = await open();
    const response = await fetch(`${wire.url}/hello?name=you`, { method: "HEAD" });
    expect(response.headers.get("content-length")).toBe("10");
    expect(await response.text()).toBe("");
  });

  it("that throw are a fault of ours, of which nothing is told", async () => {
    await using wire = await open();
    const response = await fetch(`${wire.url}/broken`);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe("Internal Server Error\n");
    expect(wire.bugs).toEqual([new RangeError("broken")]);
  });

  it("are read, not written to", async () => {
    await using wire = await open();
    const response = await fetch(`${wire.url}/hello`, { method: "POST", body: "x" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  });
});

describe("Every answer", () => {
  it("says what a browser may do with it", async () => {
    await using wire = await open();
    const answers = [
      await fetch(`${wire.url}/hello`),
      await fetch(`${wire.url}/nothing`),
      await fetch(`${wire.url}/hello`, { method: "DELETE" }),
      await wire.post(getStatus, { jobId: "a" }),
      await wire.post(getStatus, { jobId: "not an id" }),
      await wire.postBytes("/jobcontrol.v1.JobControlService/WatchStatus", "\0\0\0\0\x02{}", {
        "content-type": "application/connect+json",
      }),
      await fetch(`${wire.url}/hello`, { headers: { origin: "http://evil.example" } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 405, 200, 400, 200, 403]);
    for (const { headers } of answers) {
      expect(headers.get("content-security-policy")).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/);
      expect(headers.get("content-security-policy")).not.toContain("unsafe");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});

describe("A page elsewhere", () => {
  const preflight = { origin: app, "access-control-request-method": "POST" };

  it("may call where the operator has listed it, and read the answer", async () => {
    await using wire = await open({ origins: [app] });
    const asked = await fetch(`${wire.url}${pathOf(getStatus)}`, { method: "OPTIONS", headers: preflight });
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-origin")).toBe(app);
    expect(asked.headers.get("access-control-allow-methods")).toBe("POST, OPTIONS");
    expect(asked.headers.get("access-control-allow-headers")).toContain("Connect-Protocol-Version");
    expect(asked.headers.get("access-control-allow-credentials")).toBeNull();
    const answer = await wire.post(getStatus, { jobId: "a" }, { origin: app });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe(app);
    expect(answer.headers.get("vary")).toBe("Origin");
  });

  it("may not where it is not listed", async () => {
    await using wire = await open();
    const asked = await fetch(`${wire.url}${pathOf(getStatus)}`, { method: "OPTIONS", headers: preflight });
    expect(asked.status).toBe(403);
    expect((await wire.post(getStatus, { jobId: "a" }, { origin: app })).status).toBe(403);
    expect(wire.control.asked).toEqual([]);
  });
});
