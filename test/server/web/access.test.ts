import { Code } from "@connectrpc/connect";
import { describe, expect, it, vi } from "vitest";
import { Health } from "../../../gen/grpc/health/v1/health_pb.ts";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { Access } from "../../../src/rpc/access.ts";
import { sha256Of } from "../../../src/rpc/identities.ts";
import type { Role } from "../../../src/rpc/roles.ts";
import { restrictedPages } from "../../../src/server/web/restricted-pages.ts";
import { patience } from "../../patience.ts";
import { FakeControl } from "../../rpc/sample.ts";
import { WaitingControl } from "../../rpc/waiting-control.ts";
import { pathOf, WebWire } from "./web-wire.ts";

const { start } = JobControlService.method;

function accessWith(...tokens: readonly [name: string, role: Role, token: string][]): Access {
  const access = new Access({ isAuthenticated: true, onRefused: () => {} });
  access.update(
    tokens.map(([name, role, token]) => ({ name, role, proof: { kind: "token", sha256: sha256Of(token) } })),
  );
  return access;
}

const access = accessWith(["ci", "operate", "the-token-of-ci"]);
const bearer = { authorization: "Bearer the-token-of-ci" };
const json = { "content-type": "application/json" };

function requestOf(
  path: string,
  headers: readonly string[],
  body: string,
  contentType = "application/json",
): string {
  return [
    `POST ${path} HTTP/1.1`,
    "Host: localhost",
    `Content-Type: ${contentType}`,
    ...headers,
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

describe("The HTTP/1.1 door with authentication", () => {
  it("answers 401, and how one says who one is", async () => {
    await using wire = await WebWire.open(new FakeControl(), { access });
    const answer = await wire.post(start, { jobId: "a" });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="jobcontrol"');
    expect(await answer.json()).toMatchObject({ code: "unauthenticated" });
    expect(wire.control.asked).toEqual([]);
  });

  it("tells the core the name of who calls, in the place of its address", async () => {
    await using wire = await WebWire.open(new FakeControl(), { access });
    expect((await wire.post(start, { jobId: "a" }, bearer)).status).toBe(200);
    expect(wire.control.peer).toBe("ci");
  });

  it.each([
    [
      "two headers that are right",
      ["Authorization: Bearer the-token-of-ci", "authorization: Bearer the-token-of-ci"],
    ],
    ["a right one and a wrong one", ["Authorization: Bearer the-token-of-ci", "Authorization: Bearer x"]],
    ["a wrong one and a right one", ["Authorization: Bearer x", "Authorization: Bearer the-token-of-ci"]],
    ["one for the proxy", ["Proxy-Authorization: Bearer the-token-of-ci"]],
    [
      "one that a proxy says that it has checked",
      ["X-Forwarded-User: ci", "X-Authorization: Bearer the-token-of-ci"],
    ],
    ["a cookie", ["Cookie: authorization=the-token-of-ci; token=the-token-of-ci"]],
  ])("does not take %s", async (_, headers) => {
    await using wire = await WebWire.open(new FakeControl(), { access });
    using raw = await wire.raw();
    await raw.send(requestOf(pathOf(start), headers, '{"jobId":"a"}'));
    expect(await raw.receive(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 401 /);
    expect(wire.control.asked).toEqual([]);
  });

  it("does not look at the address for a token", async () => {
    await using wire = await WebWire.open(new FakeControl(), { access });
    const answer = await wire.postBytes(
      `${pathOf(start)}?access_token=the-token-of-ci`,
      '{"jobId":"a"}',
      json,
    );
    expect(answer.status).toBe(401);
  });

  it("reads nothing of a request before it knows who sends it, and lets its sender hear so", async () => {
    await using wire = await WebWire.open(new FakeControl(), { access });
    // It is no JSON, and larger than any request: with a token that would be said.
    const answer = await wire.postBytes(pathOf(start), "x".repeat(500_000), json);
    expect(answer.status).toBe(401);
    expect((await wire.postBytes(pathOf(start), "x".repeat(500_000), { ...json, ...bearer })).status).toBe(
      413,
    );
  });

  it("goes on with the connection after a refusal", async () => {
    await using wire = await WebWire.open(new FakeControl(), { access });
    using raw = await wire.raw();
    await raw.send(requestOf(pathOf(start), [], '{"jobId":"a"}'));
    expect(await raw.receive(/jobcontrol.*\}$/s)).toMatch(/^HTTP\/1.1 401 /);
    await raw.send(requestOf(pathOf(start), ["Authorization: Bearer the-token-of-ci"], '{"jobId":"a"}'));
    expect(await raw.receive(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 200 /);
  });

  it("does not tell a listed page's preflight from any other, and lets it send the header", async () => {
    await using wire = await WebWire.open(new FakeControl(), {
      access,
      origins: ["https://app.example.com"],
    });
    const headers = { origin: "https://app.example.com", "access-control-request-method": "POST" };
    const answer = await fetch(`${wire.url}${pathOf(start)}`, { method: "OPTIONS", headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-headers")).toMatch(/^Authorization, /);
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it("does not take the body of a call whose token was taken away after its head", async () => {
    const changing = accessWith(["ci", "operate", "the-token-of-ci"]);
    const admit = vi.spyOn(changing, "admitCall");
    await using wire = await WebWire.open(new FakeControl(), { access: changing });
    using raw = await wire.raw();
    const body = '{"jobId":"a"}';
    const head = requestOf(pathOf(start), ["Authorization: Bearer the-token-of-ci"], body).slice(
      0,
      -body.length,
    );
    await raw.send(head);
    await vi.waitFor(() => expect(admit).toHaveReturned(), patience);
    changing.update([]);
    await raw.send(body);
    expect(await raw.receive(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 401 /);
    expect(wire.control.asked).toEqual([]);
  });

  it("ends a watch whose token is taken away, and says why", async () => {
    const changing = accessWith(["ci", "read", "the-token-of-ci"]);
    const control = new WaitingControl();
    await using wire = await WebWire.open(control, { access: changing });
    const watch = wire.client(JobControlService).watchStatus({}, { headers: bearer });
    const messages = watch[Symbol.asyncIterator]();
    await messages.next();
    changing.update([]);
    await expect(messages.next()).rejects.toMatchObject({ code: Code.Unauthenticated });
    await vi.waitFor(() => expect(wire.server.callsInFlight).toBe(0), patience);
  });

  it.each([
    [
      "a watch that everybody may open",
      requestOf(pathOf(Health.method.watch), [], "\0\0\0\0\x02{}", "application/connect+json"),
    ],
    ["a request that never comes to its end", requestOf(pathOf(start), [], "{}").slice(0, -1)],
  ])("gives a connection with %s up for a new one, where there are as many as may be", async (_, request) => {
    await using wire = await WebWire.open(new FakeControl(), { access, maxConnections: 1 });
    using first = await wire.raw();
    const [accepted] = wire.sockets;
    await first.send(request);
    await vi.waitFor(() => expect(accepted?.bytesRead).toBe(request.length), patience);
    using second = await wire.raw();
    await second.send(requestOf(pathOf(start), ["Authorization: Bearer the-token-of-ci"], '{"jobId":"a"}'));
    expect(await second.receive(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 200 /);
    await first.rest();
  });

  it("gives up none whose caller has said who it is", async () => {
    const changing = accessWith(["ci", "read", "the-token-of-ci"]);
    await using wire = await WebWire.open(new WaitingControl(), { access: changing, maxConnections: 1 });
    const watch = wire.client(JobControlService).watchStatus({}, { headers: bearer });
    const messages = watch[Symbol.asyncIterator]();
    await messages.next();
    using second = await wire.raw();
    expect(await second.rest()).toBe("");
    changing.update([]);
    await expect(messages.next()).rejects.toMatchObject({ code: Code.Unauthenticated });
  });

  it("keeps pages for those with their role, and only those that it has", async () => {
    const secret = () => ({ status: 200, body: "figures" });
    const pages = [restrictedPages(secret, { paths: ["/figures"], needed: "metrics", access })];
    await using wire = await WebWire.open(new FakeControl(), { access, pages });
    const get = async (path: string, headers = {}) => {
      const answer = await fetch(`${wire.url}${path}`, { headers });
      return [answer.status, answer.headers.get("www-authenticate") !== null, await answer.text()];
    };
    expect(await get("/figures", bearer)).toEqual([200, false, "figures"]);
    expect(await get("/figures")).toEqual([401, true, expect.stringContaining("Authentication is needed")]);
    expect((await get("/figures?x", { authorization: "Bearer x" })).slice(0, 2)).toEqual([401, true]);
    for (const path of ["/figures/", "/Figures", "/%66igures", "//figures"]) {
      expect((await get(path, bearer))[0]).toBe(404);
    }
  });
});
