import { createHash } from "node:crypto";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AdminService } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { Role } from "../../src/rpc/roles.ts";
import type { TlsConfiguration, TokenConfiguration } from "../../src/server/configuration/configuration.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { type Certificate, Certificates } from "../certificates.ts";
import { callers } from "./callers.ts";
import { quietLog, testConfiguration } from "./test-server.ts";

/** Who may do what, to clients of every protocol, with TLS and without: it may not depend on the way. */
const { start, listJobs, getStatus, watchStatus } = JobControlService.method;
const { getChannelStats, updateLimits } = AdminService.method;

const tokens: Readonly<Record<Role, string>> = {
  metrics: "a-token-for-metrics-only",
  read: "a-token-to-look-around",
  operate: "a-token-to-start-and-stop",
  admin: "a-token-for-everything==",
};

function tokenOf([name, token]: [string, string]): TokenConfiguration {
  return { name, role: name as Role, sha256: [createHash("sha256").update(token).digest("hex")] };
}

const auth = { tokens: Object.entries(tokens).map(tokenOf), certificates: [] };
const certificates = await Certificates.create();

afterAll(() => certificates[Symbol.asyncDispose]());

describe.each(["http", "https"])("Over %s", (scheme) => {
  let server: JobControlServer;
  let url: string;

  beforeAll(async () => {
    const { certFile: cert, keyFile: key } = certificates.signed("server", "IP:127.0.0.1");
    const tls: TlsConfiguration = { cert, key, isClientCertRequired: false, minVersion: "TLSv1.2" };
    const configuration = testConfiguration({ auth, tls: scheme === "https" ? tls : undefined });
    server = new JobControlServer(configuration, { log: quietLog });
    url = `${scheme}://127.0.0.1:${await server.start()}`;
  });

  afterAll(() => server[Symbol.asyncDispose]());

  describe.each(Object.keys(callers))("by %s", (name) => {
    const caFile = scheme === "https" ? certificates.authority.certFile : undefined;
    const by = (token?: string, hasReflection = true) => {
      const caller = callers[name] ?? expect.fail(`No caller: ${name}`);
      return caller(url, { token, caFile, hasReflection });
    };

    it("refuses a call and a watch without a token", async () => {
      const caller = by(undefined, false);
      const refusal = { code: "unauthenticated", reason: "UNAUTHENTICATED" };
      await expect(caller.unary(listJobs, {})).rejects.toMatchObject(refusal);
      expect(await caller.stream(watchStatus, {})).toMatchObject({ messages: [], refusal });
    });

    it("refuses a token that nobody has", async () => {
      const refusal = { code: "unauthenticated", reason: "UNAUTHENTICATED" };
      const caller = by("a-token-that-nobody-has", false);
      await expect(caller.unary(listJobs, {})).rejects.toMatchObject(refusal);
    });

    it("lets `metrics` see no jobs", async () => {
      const caller = by(tokens.metrics, false);
      const refusal = { code: "permission_denied", reason: "PERMISSION_DENIED" };
      await expect(caller.unary(listJobs, {})).rejects.toMatchObject(refusal);
      expect(await caller.stream(watchStatus, {})).toMatchObject({ messages: [], refusal });
    });

    it("lets `read` look and not touch", async () => {
      const caller = by(tokens.read);
      await caller.unary(getStatus, { jobId: "sum" });
      await caller.unary(getChannelStats, {});
      const { messages } = await caller.stream(watchStatus, { until: "UNTIL_SNAPSHOT_END" });
      expect(messages).not.toEqual([]);
      const refusal = { code: "permission_denied", reason: "PERMISSION_DENIED" };
      await expect(caller.unary(start, { jobId: "sum" })).rejects.toMatchObject(refusal);
    });

    it("lets `operate` start, and not change limits", async () => {
      const caller = by(tokens.operate);
      await caller.unary(start, { jobId: "sum", input: { numbers: [1] } });
      const refusal = { code: "permission_denied", reason: "PERMISSION_DENIED" };
      await expect(caller.unary(updateLimits, { tokensPerSecond: 1 })).rejects.toMatchObject(refusal);
    });

    it("lets `admin` change limits", async () => {
      await by(tokens.admin).unary(updateLimits, { tokensPerSecond: 1000, burst: 1000 });
    });
  });
});

describe("Client certificates", () => {
  const mine = certificates.signed("deployer", "URI:spiffe://example/deployer");
  const unknown = certificates.signed("somebody");
  let server: JobControlServer;
  let baseUrl = "";

  beforeAll(async () => {
    const { certFile: cert, keyFile: key } = certificates.signed("mutual", "DNS:localhost", "IP:127.0.0.1");
    const clientCa = certificates.authority.certFile;
    const tls: TlsConfiguration = { cert, key, clientCa, isClientCertRequired: false, minVersion: "TLSv1.2" };
    const match = "URI:spiffe://example/deployer";
    const declared = { ...auth, certificates: [{ name: "deployer", role: "read", match } as const] };
    server = new JobControlServer(testConfiguration({ auth: declared, tls }), { log: quietLog });
    baseUrl = `https://localhost:${await server.start()}`;
  });

  afterAll(() => server[Symbol.asyncDispose]());

  describe.each(["gRPC", "Connect"])("over %s", (protocol) => {
    const client = (shown: Partial<Certificate> = {}) => {
      const nodeOptions = { ca: certificates.authority.cert, ...shown };
      const transport =
        protocol === "gRPC"
          ? createGrpcTransport({ baseUrl, nodeOptions })
          : createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions });
      return createClient(JobControlService, transport);
    };

    it("say who calls, with the role of its name", async () => {
      const { listJobs, start } = client(mine);
      await listJobs({});
      await listJobs({});
      await expect(start({ jobId: "sum" })).rejects.toMatchObject({ code: Code.PermissionDenied });
    });

    it("say nothing where the name is nobody's, or there is none", async () => {
      const refusal = { code: Code.Unauthenticated };
      await expect(client(unknown).listJobs({})).rejects.toMatchObject(refusal);
      await expect(client().listJobs({})).rejects.toMatchObject(refusal);
    });

    it("do not mend a wrong token, and give way to a right one", async () => {
      const shown = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
      const { listJobs, start } = client(mine);
      const refusal = { code: Code.Unauthenticated };
      await expect(listJobs({}, shown("a-token-that-nobody-has"))).rejects.toMatchObject(refusal);
      await start({ jobId: "sum" }, shown(tokens.operate));
    });
  });
});
