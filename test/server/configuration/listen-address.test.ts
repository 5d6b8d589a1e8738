import { describe, expect, it } from "vitest";
import { isLoopback, parseListenAddress } from "../../../src/server/configuration/listen-address.ts";

describe("parseListenAddress()", () => {
  it("reads HOST:PORT, with brackets around an IPv6 address", () => {
    expect(parseListenAddress("127.0.0.1:50051")).toEqual({ host: "127.0.0.1", port: 50_051 });
    expect(parseListenAddress("localhost:0")).toEqual({ host: "localhost", port: 0 });
    expect(parseListenAddress("[::1]:65535")).toEqual({ host: "::1", port: 65_535 });
  });

  it("refuses anything else", () => {
    const texts = ["", "50051", ":50051", "localhost", "localhost:", "::1:50051", "[::1]", "[::1]:", "[x]:1"];
    for (const text of [
      ...texts,
      "[127.0.0.1]:1",
      "a:65536",
      "a:-1",
      "a:1.5",
      "a b:1",
      "http://a:1",
      "a:1\n",
    ]) {
      expect(parseListenAddress(text), text).toBeUndefined();
    }
  });
});

describe("isLoopback()", () => {
  it("is true for what only this machine can reach", () => {
    for (const host of ["127.0.0.1", "127.255.0.3", "::1", "0:0:0:0:0:0:0:1", "localhost", "LocalHost"]) {
      expect(isLoopback(host), host).toBe(true);
    }
  });

  it("is false for anything else", () => {
    const hosts = [
      "0.0.0.0",
      "::",
      "10.0.0.1",
      "128.0.0.1",
      "::2",
      "example.org",
      "localhost.example.org",
      "",
    ];
    for (const host of [...hosts, "127.1", "127.0.0.1.example.org", "::1%eth0"]) {
      expect(isLoopback(host), host).toBe(false);
    }
  });
});
