import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { Guard } from "../../../src/server/web/guard.ts";

const guard = new Guard({
  hosts: ["Jobs.Example.com", "[fd00::1]"],
  origins: ["https://app.example.com", "http://localhost:5173"],
});

interface Asked {
  readonly url?: string;
  readonly method?: string;
  readonly host?: string | readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly isEncrypted?: boolean;
}

/** What the guard says of a request with this head. */
function check(
  { url = "/readyz", method = "GET", host = "127.0.0.1:50051", headers = {}, isEncrypted = false }: Asked,
  by = guard,
) {
  const hosts = [host].flat();
  const rawHeaders = hosts.flatMap((value) => ["Host", value]);
  const socket = isEncrypted ? { encrypted: true } : {};
  const head = { url, method, rawHeaders, socket, headers: { ...headers, host: hosts[0] } };
  const result = by.check(head as unknown as IncomingMessage);
  return result.isAdmitted ? "admitted" : result.status;
}

describe("Guard: the Host", () => {
  it.each([
    "127.0.0.1:50051",
    "127.0.0.1",
    "127.9.9.9:1",
    "localhost:8080",
    "LOCALHOST",
    "[::1]:50051",
    "[::1]",
    "jobs.example.com",
    "JOBS.example.com:443",
    "[fd00::1]:50051",
  ])("%s is ours", (host) => {
    expect(check({ host })).toBe("admitted");
  });

  it.each([
    "evil.example",
    "evil.example:50051",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "localhost.",
    "10.0.0.1:50051",
    "0.0.0.0:50051",
    "[::]:50051",
    "[fd00::2]",
    "example.com",
    "xjobs.example.com",
  ])("%s is not", (host) => {
    expect(check({ host })).toBe(403);
  });

  it.each([
    "",
    " ",
    ":50051",
    "127.0.0.1:",
    "127.0.0.1:x",
    "127.0.0.1:99999",
    "user@127.0.0.1",
    "127.0.0.1/path",
    "127.0.0.1?x",
    "127.0.0.1#x",
    "127.0.0.1\\@evil.example",
    "127.0.0.1, evil.example",
    "[::1",
    "::1",
    "[localhost]",
    "%6c%6f",
    "1.2.3.4.5",
    "http://127.0.0.1",
  ])("%j cannot be read", (host) => {
    expect(check({ host })).toBe(400);
  });

  it("has to be there, and once", () => {
    expect(check({ host: [] })).toBe(400);
    expect(check({ host: ["127.0.0.1", "127.0.0.1"] })).toBe(400);
    expect(check({ host: ["127.0.0.1", "evil.example"] })).toBe(400);
  });
});

describe("Guard: the target", () => {
  it("is split into its path and its query, and left as it came", () => {
    const head = {
      socket: {},
      url: "/a%2Fb/../c?x=1?y#z",
      rawHeaders: [],
      headers: { host: "localhost" },
      method: "GET",
    };
    expect(guard.check(head as unknown as IncomingMessage)).toEqual({
      isAdmitted: true,
      path: "/a%2Fb/../c",
      query: "x=1?y#z",
      origin: undefined,
    });
  });

  it.each(["http://127.0.0.1:50051/readyz", "http://localhost/readyz?verbose", "HTTP://jobs.example.com"])(
    "may be absolute where it leads here: %s",
    (url) => {
      expect(check({ url })).toBe("admitted");
    },
  );

  it.each([
    "http://evil.example/readyz",
    "https://127.0.0.1/readyz",
    "http://user@127.0.0.1/readyz",
    "ftp://127.0.0.1/",
    "http:///readyz",
    "127.0.0.1:50051",
    "readyz",
    "*",
    "",
  ])("may be nothing else: %j", (url) => {
    expect(check({ url })).toBe(400);
  });
});

describe("Guard: names that the server itself knows as its own", () => {
  const knowing = new Guard({ isOwnHost: (name) => name === "own.example" || name === "10.0.0.7" });

  it("are ours in any case, with any port", () => {
    for (const host of ["own.example", "OWN.example:8443", "10.0.0.7:50051"]) {
      expect(check({ host }, knowing)).toBe("admitted");
    }
    for (const host of ["not.own.example", "own.example.evil", "10.0.0.8"]) {
      expect(check({ host }, knowing)).toBe(403);
    }
  });
});

describe("Guard: where there is TLS", () => {
  const isEncrypted = true;

  it("takes the target of a proxy with TLS, and none without", () => {
    expect(check({ isEncrypted, url: "https://127.0.0.1/readyz" })).toBe("admitted");
    expect(check({ isEncrypted, url: "http://127.0.0.1/readyz" })).toBe(400);
  });

  it("takes a page without TLS for one from elsewhere", () => {
    const ask = (origin: string) => check({ isEncrypted, method: "POST", headers: { origin } });
    expect(ask("https://127.0.0.1:50051")).toBe("admitted");
    expect(ask("http://127.0.0.1:50051")).toBe(403);
  });
});

describe("Guard: where a request comes from", () => {
  const ours = "127.0.0.1:50051";

  it.each([
    [ours, "http://127.0.0.1:50051"],
    ["localhost:50051", "http://localhost:50051"],
    ["[::1]:50051", "http://[::1]:50051"],
    ["jobs.example.com", "https://jobs.example.com"],
    ["jobs.example.com:80", "http://jobs.example.com"],
    [ours, "https://app.example.com"],
    [ours, "http://localhost:5173"],
  ])("at %s a page of %s may ask", (host, origin) => {
    expect(check({ host, method: "POST", headers: { origin } })).toBe("admitted");
  });

  it.each([
    [ours, "http://evil.example"],
    [ours, "http://127.0.0.1:3000"],
    [ours, "http://127.0.0.1"],
    [ours, "http://localhost:50051"],
    [ours, "https://app.example.com:444"],
    [ours, "http://app.example.com"],
    [ours, "https://app.example.com.evil.example"],
    [ours, "null"],
    [ours, ""],
    [ours, "file://127.0.0.1:50051"],
    [ours, "127.0.0.1:50051"],
    [ours, "http://127.0.0.1:50051, http://evil.example"],
  ])("at %s a page of %j may not", (host, origin) => {
    expect(check({ host, method: "POST", headers: { origin } })).toBe(403);
    expect(check({ host, method: "OPTIONS", headers: { origin } })).toBe(403);
  });

  const link = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

  it.each([
    ["a page of ours", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }],
    ["an address that was typed", { "sec-fetch-site": "none", ...link }],
    ["a link somewhere else", { "sec-fetch-site": "cross-site", ...link }],
  ])("may be %s", (_, headers) => {
    expect(check({ headers })).toBe("admitted");
  });

  it.each([
    ["a picture", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }],
    ["a script", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" }],
    ["a frame", { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }],
    ["a request", { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }],
  ])("may not be %s somewhere else", (_, headers) => {
    for (const site of ["cross-site", "same-site"])
      expect(check({ headers: { ...headers, "sec-fetch-site": site } })).toBe(403);
  });

  it("may not be a form somewhere else", () => {
    expect(check({ method: "POST", headers: { "sec-fetch-site": "cross-site", ...link } })).toBe(403);
  });
});
