import { inspect } from "node:util";
import { Code, type ConnectError } from "@connectrpc/connect";
import { describe, expect, it, vi } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { AdminService } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { Access, type AccessOptions, type Credentials } from "../../src/rpc/access.ts";
import { type DeclaredIdentity, sha256Of } from "../../src/rpc/identities.ts";
import { covers, neededRole, type Role, roles } from "../../src/rpc/roles.ts";
import { createServices, createServingStatus } from "../../src/rpc/services.ts";
import { FakeAdmin, FakeControl } from "./sample.ts";

const { start, stop, getStatus, watchStatus } = JobControlService.method;
const { drain, getChannelStats } = AdminService.method;

function withToken(name: string, role: Role, token: string): DeclaredIdentity {
  return { name, role, proof: { kind: "token", sha256: sha256Of(token) } };
}

function withCertificate(name: string, role: Role, match: string): DeclaredIdentity {
  return { name, role, proof: { kind: "certificate", match } };
}

function shown(over: Partial<Credentials> = {}): Credentials {
  return { authorization: undefined, certificateNames: [], address: "10.0.0.7:5000", ...over };
}

function bearer(token: string): Credentials {
  return shown({ authorization: `Bearer ${token}` });
}

function accessOf(declared: readonly DeclaredIdentity[], options: Partial<AccessOptions> = {}) {
  const refused = vi.fn();
  const access = new Access({ isAuthenticated: true, onRefused: refused, ...options });
  access.update(declared);
  return { access, refused };
}

function refusal(call: () => unknown): ConnectError {
  try {
    call();
  } catch (error) {
    return error as ConnectError;
  }
  return expect.fail("It was not refused");
}

function infoOf(error: ConnectError): { reason: string; metadata: Record<string, string> } {
  const detail = error.details.find((each) => "desc" in each && each.desc === ErrorInfoSchema);
  return (detail as unknown as { value: { reason: string; metadata: Record<string, string> } }).value;
}

const ci = withToken("ci", "operate", "the-token-of-ci");

describe("roles", () => {
  it("may each do what those before them may", () => {
    expect(roles).toEqual(["metrics", "read", "operate", "admin"]);
    expect(covers("admin", "metrics")).toBe(true);
    expect(covers("read", "read")).toBe(true);
    expect(covers("metrics", "read")).toBe(false);
  });

  it("are decided for every method there is, so that a new one is not forgotten", () => {
    const backends = { control: new FakeControl(), admin: new FakeAdmin(), serving: createServingStatus() };
    const methods = createServices(backends).flatMap(({ methods }) => Object.values(methods));
    const needed = Object.fromEntries(
      methods.map(({ method }) => [`${method.parent.name}.${method.name}`, neededRole(method) ?? "nobody's"]),
    );
    expect(needed).toEqual({
      "JobControlService.Start": "operate",
      "JobControlService.Stop": "operate",
      "JobControlService.Pause": "operate",
      "JobControlService.Resume": "operate",
      "JobControlService.Trigger": "operate",
      "JobControlService.GetStatus": "read",
      "JobControlService.WatchStatus": "read",
      "JobControlService.ListJobs": "read",
      "JobControlService.GetCommand": "read",
      "JobControlService.ListRuns": "read",
      "JobControlService.WatchOutput": "read",
      "AdminService.GetChannelStats": "read",
      "AdminService.WatchChannelStats": "read",
      "AdminService.UpdateLimits": "admin",
      "AdminService.Drain": "admin",
      "Health.Check": "nobody's",
      "Health.List": "nobody's",
      "Health.Watch": "nobody's",
      "ServerReflection.ServerReflectionInfo": "read",
    });
  });
});

describe("Access.admitCall()", () => {
  it("tells who calls, by the token", () => {
    const { access } = accessOf([withToken("other", "admin", "another-token"), ci]);
    expect(access.admitCall(start, bearer("the-token-of-ci"))).toMatchObject({ name: "ci", role: "operate" });
  });

  it.each([
    ["nothing", undefined],
    ["an empty header", ""],
    ["another token", "Bearer the-token-of-c"],
    ["a token that goes on", "Bearer the-token-of-cii"],
    ["a token in another case", "Bearer The-token-of-ci"],
    ["two tokens", "Bearer the-token-of-ci, Bearer the-token-of-ci"],
    ["the token alone", "the-token-of-ci"],
    ["another scheme", "Basic the-token-of-ci"],
    ["the token behind a line break", "Bearer \nthe-token-of-ci"],
    ["the token and a space", "Bearer the-token-of-ci "],
    ["its hash", `Bearer ${sha256Of("the-token-of-ci").toString("hex")}`],
    ["its hash as files have it", `Bearer sha256:${sha256Of("the-token-of-ci").toString("hex")}`],
    ["the scheme alone", "Bearer "],
    ["a token of 100 KB", `Bearer ${"a".repeat(100_000)}`],
  ])("refuses %s, and says nothing of why", (_, authorization) => {
    const { access, refused } = accessOf([ci]);
    const error = refusal(() => access.admitCall(getStatus, shown({ authorization })));
    expect(error.code).toBe(Code.Unauthenticated);
    expect(infoOf(error)).toMatchObject({ reason: "UNAUTHENTICATED" });
    expect(error.rawMessage).toBe("Authentication is needed: no valid token or client certificate");
    expect(refused).toHaveBeenCalledExactlyOnceWith({
      reason: "UNAUTHENTICATED",
      what: "jobcontrol.v1.JobControlService/GetStatus",
      address: "10.0.0.7:5000",
      name: undefined,
    });
  });

  it("takes the scheme in any case, and more than one space after it", () => {
    const { access } = accessOf([ci]);
    for (const authorization of ["bearer the-token-of-ci", "BEARER   the-token-of-ci"]) {
      expect(access.admitCall(start, shown({ authorization }))).toMatchObject({ name: "ci" });
    }
  });

  it("refuses what is beyond the role, and says what it needs", () => {
    const { access, refused } = accessOf([ci]);
    const error = refusal(() => access.admitCall(drain, bearer("the-token-of-ci")));
    expect(error.code).toBe(Code.PermissionDenied);
    expect(infoOf(error)).toMatchObject({
      reason: "PERMISSION_DENIED",
      metadata: { role: "operate", needs: "admin" },
    });
    expect(refused).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ reason: "PERMISSION_DENIED", name: "ci" }),
    );
  });

  it("goes by the certificate where no token is shown", () => {
    const { access } = accessOf([ci, withCertificate("deployer", "admin", "CN=deployer")]);
    const certificateNames = ["CN=deployer", "DNS:deployer.example"];
    expect(access.admitCall(stop, shown({ certificateNames }))).toMatchObject({ name: "deployer" });
    expect(() =>
      access.admitCall(stop, shown({ certificateNames: ["CN=Deployer", "DNS:deployer"] })),
    ).toThrow();
  });

  it("does not let a certificate mend a wrong token", () => {
    const { access } = accessOf([ci, withCertificate("deployer", "admin", "CN=deployer")]);
    const both = shown({ authorization: "Bearer old-token", certificateNames: ["CN=deployer"] });
    expect(refusal(() => access.admitCall(getStatus, both)).code).toBe(Code.Unauthenticated);
  });

  it("lets nobody in before there are identities", () => {
    const access = new Access({ isAuthenticated: true, onRefused: () => {} });
    expect(refusal(() => access.admitCall(getStatus, bearer("x"))).code).toBe(Code.Unauthenticated);
  });

  it("keeps the token out of all that it says", () => {
    const { access, refused } = accessOf([ci]);
    const errors = [
      refusal(() => access.admitCall(getStatus, bearer("a-secret-token"))),
      refusal(() => access.admitCall(drain, bearer("the-token-of-ci"))),
    ];
    const said = inspect(
      [
        errors.map(({ rawMessage, metadata, details }) => ({ rawMessage, metadata, infos: details.length })),
        errors.map(infoOf),
        refused.mock.calls,
      ],
      { depth: 9 },
    );
    expect(said).not.toMatch(/a-secret-token|the-token-of-ci/);
  });
});

describe("Access.update()", () => {
  it("lets the old token in no more, and ends what goes on with it", () => {
    const { access } = accessOf([ci, withToken("ops", "admin", "the-token-of-ops")]);
    const before = access.admitCall(watchStatus, bearer("the-token-of-ci"));
    const stays = access.admitCall(watchStatus, bearer("the-token-of-ops"));
    access.update([
      withToken("ci", "operate", "the-new-token-of-ci"),
      withToken("ops", "admin", "the-token-of-ops"),
    ]);
    expect(before?.revoked.aborted).toBe(true);
    expect(stays?.revoked.aborted).toBe(false);
    expect(() => access.admitCall(getStatus, bearer("the-token-of-ci"))).toThrow();
    expect(access.admitCall(getStatus, bearer("the-new-token-of-ci"))).toMatchObject({ name: "ci" });
  });

  it("ends what goes on with a role that was taken away", () => {
    const { access } = accessOf([ci]);
    const before = access.admitCall(watchStatus, bearer("the-token-of-ci"));
    access.update([withToken("ci", "metrics", "the-token-of-ci")]);
    expect(before?.revoked.aborted).toBe(true);
    expect(refusal(() => access.admitCall(getChannelStats, bearer("the-token-of-ci"))).code).toBe(
      Code.PermissionDenied,
    );
  });

  it("leaves those alone who are in it again, however often", () => {
    const { access } = accessOf([ci]);
    const before = access.admitCall(watchStatus, bearer("the-token-of-ci"));
    for (let i = 0; i < 3; i++) access.update([ci]);
    expect(before?.revoked.aborted).toBe(false);
    access.update([]);
    expect(before?.revoked.aborted).toBe(true);
  });
});

describe("admission", () => {
  it("counts by identity, and those without one by address, ports aside", () => {
    const admission = vi.fn(() => 0);
    const { access } = accessOf([ci], { admission });
    access.admitCall(start, bearer("the-token-of-ci"));
    expect(() => access.admitCall(start, shown({ address: "[::1]:4000" }))).toThrow();
    expect(() => access.admitCall(start, shown({ address: "10.0.0.7:1" }))).toThrow();
    expect(admission.mock.calls).toMatchObject([
      [{ name: "ci" }],
      [{ address: "[::1]" }],
      [{ address: "10.0.0.7" }],
    ]);
  });

  it("says when to come again", () => {
    const { access } = accessOf([ci], { admission: () => 1500 });
    const error = refusal(() => access.admitCall(start, bearer("the-token-of-ci")));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(infoOf(error).reason).toBe("TOO_MANY_REQUESTS");
    expect(error.metadata.get("grpc-retry-pushback-ms")).toBe("1500");
    expect(error.details.some((each) => "desc" in each && each.desc === RetryInfoSchema)).toBe(true);
  });

  it("works without authentication too, and never asks of what is open to all", () => {
    const admission = vi.fn(() => 10);
    const { access } = accessOf([], { isAuthenticated: false, admission });
    expect(refusal(() => access.admitCall(drain, shown())).code).toBe(Code.ResourceExhausted);
    admission.mockReturnValue(0);
    expect(access.admitCall(drain, shown())).toBeUndefined();
  });
});
