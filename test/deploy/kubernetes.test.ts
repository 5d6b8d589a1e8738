import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { sha256Of } from "../../src/rpc/identities.ts";
import { parseDuration } from "../../src/server/configuration/duration.ts";
import { loadConfiguration } from "../../src/server/configuration/load-configuration.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { Certificates } from "../certificates.ts";
import { quietLog } from "../interop/test-server.ts";
import { imageEnvironment } from "./image.ts";

/** The manifests, as far as the cluster's own words go; what they say of jobcontrol is tried on a server. */
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

const folder = "deploy/kubernetes";
const manifests: readonly Manifest[] = parseAllDocuments(
  readFileSync(`${folder}/jobcontrol.yaml`, "utf8"),
).map((document) => {
  expect([...document.errors, ...document.warnings]).toEqual([]);
  return document.toJS();
});

function manifest(kind: string): Manifest {
  return manifests.find((each) => each.kind === kind) ?? expect.fail(`No ${kind}`);
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly scheme: string };
}

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: Record<string, unknown>;
  readonly volumes: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string; readonly defaultMode: number };
    readonly configMap?: { readonly name: string };
  }[];
  readonly containers: readonly [
    {
      readonly args: readonly string[];
      readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
      readonly securityContext: Record<string, unknown>;
      readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
      readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
    } & Record<"startupProbe" | "livenessProbe" | "readinessProbe", Probe>,
  ];
}

interface StatefulSet {
  readonly replicas: number;
  readonly serviceName: string;
  readonly template: { readonly spec: Pod };
  readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
}

const set = manifest("StatefulSet").spec as StatefulSet;
const pod = set.template.spec;
const [container] = pod.containers;
const configText = manifest("ConfigMap").data?.["jobcontrol.config.yaml"] ?? "";
const config = parse(configText);
const mounts: Readonly<Partial<Record<string, string>>> = Object.fromEntries(
  container.volumeMounts.map(({ name, mountPath }) => [name, mountPath]),
);
const { configuration, tls, tokens } = mounts;

describe("the Kubernetes manifests", () => {
  it("have one server, as one has the store", () => {
    expect(set.replicas).toBe(1);
    expect(manifest("Service").metadata.name).toBe(set.serviceName);
    expect(container.args).toEqual(["serve"]);
  });

  it("give the store a volume, where the image has it", () => {
    const { JOBCONTROL_STORE = "" } = imageEnvironment();
    const [claim] = set.volumeClaimTemplates;
    expect(JOBCONTROL_STORE).toBe(`sqlite:${mounts[claim?.metadata.name ?? ""]}/jobcontrol.db`);
  });

  it("put the configuration where the image looks for it", () => {
    const { JOBCONTROL_CONFIG = "" } = imageEnvironment();
    expect(JOBCONTROL_CONFIG).toBe(`${configuration}/jobcontrol.config.yaml`);
    expect(pod.volumes.find(({ name }) => name === "configuration")?.configMap?.name).toBe(
      manifest("ConfigMap").metadata.name,
    );
  });

  it("open the port that the image listens on", () => {
    const { JOBCONTROL_LISTEN = "" } = imageEnvironment();
    const [port] = container.ports;
    expect(JOBCONTROL_LISTEN).toBe(`0.0.0.0:${port?.containerPort}`);
    for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      expect(httpGet).toMatchObject({ port: port?.name, scheme: "HTTPS" });
    }
  });

  it("have a secret with each of the tokens that the configuration names, and no token in clear", () => {
    const secret = parse(readFileSync(`${folder}/tokens.yaml`, "utf8"));
    const volume = pod.volumes.find(({ name }) => name === "tokens");
    expect(volume?.secret).toEqual({ secretName: secret.metadata.name, defaultMode: 0o440 });
    const files = config.auth.tokens.map(({ file }: { file: string }) => file);
    expect(files).toEqual(Object.keys(secret.stringData).map((key) => `${tokens}/${key}`));
    for (const value of Object.values(secret.stringData)) expect(value).toMatch(/^sha256:/);
  });

  it("take TLS from a secret of the cluster's own type", () => {
    expect(config.tls).toEqual({ cert: `${tls}/tls.crt`, key: `${tls}/tls.key` });
  });

  it("give the drain the time that it may take", () => {
    const drainMs = parseDuration(config.drain.timeout) ?? expect.fail("No drain.timeout");
    const { seconds } = container.lifecycle.preStop.sleep;
    // What the last answers take beyond it is two seconds.
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(seconds + drainMs / 1000 + 2);
  });

  it("run as nobody, with a root that cannot be written", () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001, fsGroup: 10001 });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(Object.values(mounts)).toContain("/tmp");
  });
});

describe("a server with the configuration of the manifests", () => {
  let certificates: Certificates;
  let server: JobControlServer;
  let port = 0;

  beforeAll(async () => {
    certificates = await Certificates.create();
    const { cert, key, certFile } = certificates.signed("server", "DNS:jobcontrol");
    const here = join(certFile, "..");
    const moved = configText.replaceAll(`${tls}/`, `${here}/`).replaceAll(`${tokens}/`, `${here}/`);
    certificates.file("tls.crt", cert);
    certificates.file("tls.key", key);
    certificates.file("admin", `sha256:${sha256Of("a-token-for-everything").toString("hex")}`);
    certificates.file("prometheus", `sha256:${sha256Of("a-token-for-metrics-only").toString("hex")}`);
    const file = certificates.file("jobcontrol.config.yaml", moved);
    const env = { JOBCONTROL_LISTEN: "0.0.0.0:0", JOBCONTROL_STORE: "memory:" };
    const configuration = await loadConfiguration({ file, cwd: here, env, flags: {} });
    server = new JobControlServer(configuration, { log: quietLog });
    port = (await server.start()) ?? expect.fail("Not started");
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await certificates[Symbol.asyncDispose]();
  });

  /** As the kubelet asks: by the pod's address, without a look at the certificate. */
  function get(path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const options = { host: "127.0.0.1", port, path, headers: { host: `10.244.0.7:${port}`, ...headers } };
    request({ ...options, rejectUnauthorized: false, agent: false }, (answer) =>
      resolve(answer.resume().statusCode),
    )
      .on("error", reject)
      .end();
    return promise;
  }

  it.each(["startupProbe", "livenessProbe", "readinessProbe"] as const)("holds the %s", async (name) => {
    expect(await get(container[name].httpGet.path)).toBe(200);
  });

  it("gives Prometheus its figures, and nobody else", async () => {
    expect(await get("/metrics", { authorization: "Bearer a-token-for-metrics-only" })).toBe(200);
    expect(await get("/metrics")).toBe(401);
  });
});
