import { Code, type ConnectError } from "@connectrpc/connect";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { sha256Of } from "../../src/rpc/identities.ts";
import type { AuthConfiguration, Configuration } from "../../src/server/configuration/configuration.ts";
import { Security } from "../../src/server/security.ts";
import { Tally } from "../../src/telemetry/tally.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Certificates } from "../certificates.ts";
import { testConfiguration } from "../interop/test-server.ts";

const { getStatus, start } = JobControlService.method;
const certificates = await Certificates.create();
const { certFile: cert, keyFile: key } = certificates.signed(
  "server",
  "DNS:jobs.example.com",
  "DNS:*.wild.example",
  "IP:10.1.2.3",
);
const tls = { cert, key, isClientCertRequired: false, minVersion: "TLSv1.2" } as const;

afterAll(() => certificates[Symbol.asyncDispose]());

const open: Security[] = [];
afterEach(() => {
  for (const security of open.splice(0)) security[Symbol.dispose]();
});

function identity(name: string, token: string): AuthConfiguration["tokens"][number] {
  return { name, role: "read", sha256: [sha256Of(token).toString("hex")] };
}

const auth: AuthConfiguration = {
  tokens: [identity("ci", "the-token-of-ci"), identity("ops", "the-token-of-ops")],
  certificates: [],
};

async function started(configuration: Partial<Configuration>, nowMs?: number) {
  const clock = new FakeClock();
  if (nowMs !== undefined) vi.spyOn(clock, "now").mockReturnValue(nowMs);
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const refusals = new Tally<{ reason: string }>();
  const security = new Security(testConfiguration(configuration), { clock, log, refusals });
  open.push(security);
  await security.start();
  return { security, clock, log, refusals };
}

function shown(token: string | undefined, address = "10.0.0.7:5000") {
  const authorization = token === undefined ? undefined : `Bearer ${token}`;
  return { authorization, certificateNames: [], address };
}

function codeOf(call: () => unknown): Code | undefined {
  try {
    call();
  } catch (error) {
    return (error as ConnectError).code;
  }
  return undefined;
}

describe("Security", () => {
  it("is nothing where nothing is configured", async () => {
    const { security } = await started({});
    expect(security).toMatchObject({ access: undefined, handshakes: undefined, isRenewable: false });
    expect(security.certificateEndMs).toBeUndefined();
  });

  it("lets nobody in before it has started", async () => {
    const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const configuration = testConfiguration({ auth });
    const security = new Security(configuration, { clock: new FakeClock(), log, refusals: new Tally() });
    const call = () => security.access?.admitCall(getStatus, shown("the-token-of-ci"));
    expect(codeOf(call)).toBe(Code.Unauthenticated);
    await security.start();
    expect(codeOf(call)).toBeUndefined();
  });

  it("knows when its certificate ends, and warns of one that has", async () => {
    const { security, log } = await started({ tls }, Date.now());
    expect(security.certificateEndMs).toBeGreaterThan(Date.now());
    expect(log.warn).not.toHaveBeenCalled();
    const late = await started({ tls }, Date.now() + 10 * 86_400_000);
    expect(late.log.warn).toHaveBeenCalledExactlyOnceWith(
      { validTo: expect.any(String) },
      "The TLS certificate has expired",
    );
  });
});

describe("Security.isOwnHost()", () => {
  const host = (name: string) => ({ listen: { host: name, port: 0 } });

  it("takes the names that the certificate is for", async () => {
    const { security } = await started({ tls });
    for (const name of ["jobs.example.com", "a.wild.example"])
      expect(security.isOwnHost(name), name).toBe(true);
    for (const name of [
      "example.com",
      "a.b.wild.example",
      "wild.example",
      "server",
      "evil.jobs.example.com",
    ]) {
      expect(security.isOwnHost(name), name).toBe(false);
    }
  });

  it("takes addresses where it is reached from elsewhere, and on loopback none", async () => {
    const { security: beyond } = await started({ ...host("0.0.0.0"), auth, tls: "terminated" });
    const { security: loopback } = await started({});
    for (const address of ["10.244.0.7", "fd00::7"]) {
      expect(beyond.isOwnHost(address)).toBe(true);
      expect(loopback.isOwnHost(address)).toBe(false);
    }
    expect(beyond.isOwnHost("10.244.0.7.evil.example")).toBe(false);
  });

  it("takes the name that it listens on", async () => {
    const { security } = await started({ ...host("Jobs.internal"), auth, tls: "terminated" });
    expect(security.isOwnHost("jobs.internal")).toBe(true);
  });
});

describe("Security: admission", () => {
  const admission = { perSecond: 1, burst: 2 };

  it("gives each identity a bucket of its own, wherever it calls from, and says when to come again", async () => {
    const { security, clock } = await started({ auth, admission });
    const call = (token: string, address?: string) =>
      codeOf(() => security.access?.admitCall(getStatus, shown(token, address)));
    expect([call("the-token-of-ci"), call("the-token-of-ci", "10.0.0.8:1")]).toEqual([undefined, undefined]);
    expect(call("the-token-of-ci", "10.0.0.9:1")).toBe(Code.ResourceExhausted);
    expect(call("the-token-of-ops")).toBeUndefined();
    await clock.advance(1000);
    expect(call("the-token-of-ci")).toBeUndefined();
  });

  it("counts what is beyond a role, and wrong tokens for their address, which stops nobody else there", async () => {
    const { security } = await started({ auth, admission });
    const guess = () => codeOf(() => security.access?.admitCall(start, shown("a-guess")));
    expect([guess(), guess(), guess()]).toEqual([
      Code.Unauthenticated,
      Code.Unauthenticated,
      Code.ResourceExhausted,
    ]);
    expect(codeOf(() => security.access?.admitCall(start, shown("the-token-of-ci")))).toBe(
      Code.PermissionDenied,
    );
    expect(codeOf(() => security.access?.admitCall(getStatus, shown("the-token-of-ci")))).toBeUndefined();
  });

  it("goes by address where nobody has to say who it is", async () => {
    const { security } = await started({ admission });
    const call = (address: string) =>
      codeOf(() => security.access?.admitCall(start, shown(undefined, address)));
    expect([call("10.0.0.7:1"), call("10.0.0.7:2")]).toEqual([undefined, undefined]);
    expect(call("10.0.0.7:3")).toBe(Code.ResourceExhausted);
    expect(call("10.0.0.8:1")).toBeUndefined();
  });
});

describe("Security: what was refused", () => {
  it("is counted, all of it, and logged at most once a second", async () => {
    const { security, clock, log, refusals } = await started({ auth });
    const refused = (count: number) => {
      for (let i = 0; i < count; i++) codeOf(() => security.access?.admitCall(start, shown("a-guess")));
    };
    refused(100);
    expect(log.warn).toHaveBeenCalledOnce();
    await clock.advance(1000);
    refused(1);
    expect(log.warn).toHaveBeenLastCalledWith(
      {
        reason: "UNAUTHENTICATED",
        what: "jobcontrol.v1.JobControlService/Start",
        address: "10.0.0.7:5000",
        name: undefined,
        unsaid: 99,
      },
      "Refused",
    );
    expect(refusals.samples()).toContainEqual({ labels: { reason: "UNAUTHENTICATED" }, value: 101 });
    expect(JSON.stringify(log.warn.mock.calls)).not.toContain("a-guess");
  });
});
