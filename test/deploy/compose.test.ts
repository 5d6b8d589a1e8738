import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseDuration } from "../../src/server/configuration/duration.ts";
import { loadConfiguration } from "../../src/server/configuration/load-configuration.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog } from "../interop/test-server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { imageEnvironment } from "./image.ts";

const folder = "deploy/compose";

interface Service {
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly ports: readonly string[];
  readonly secrets?: readonly string[];
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
  readonly tmpfs?: readonly string[];
}

const read = (file: string) => parse(readFileSync(join(folder, file), "utf8"));
const compose: {
  readonly services: Readonly<Record<"jobcontrol" | "prometheus" | "grafana", Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
} = read("compose.yaml");
const { jobcontrol, prometheus, grafana } = compose.services;
const config = read("jobcontrol.config.yaml");
const scrape = read("prometheus.yml").scrape_configs[0];

/** Where a service finds a file of this repository. */
function mounted({ volumes }: Service, source: string): string | undefined {
  return volumes.map((volume) => volume.split(":")).find(([from]) => from === source)?.[1];
}

describe("the Compose file", () => {
  it("mounts files that there are, and volumes that it declares", () => {
    for (const { volumes } of Object.values(compose.services)) {
      for (const volume of volumes) {
        const [source = ""] = volume.split(":");
        if (source.startsWith(".")) expect(existsSync(join(folder, source)), source).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it("builds the image of this repository, and gives it what it looks for", () => {
    const { context = "", dockerfile = "" } = jobcontrol.build ?? {};
    expect(existsSync(join(folder, context, dockerfile))).toBe(true);
    const { JOBCONTROL_CONFIG, JOBCONTROL_STORE = "" } = imageEnvironment();
    expect(mounted(jobcontrol, "./jobcontrol.config.yaml")).toBe(JOBCONTROL_CONFIG);
    expect(JOBCONTROL_STORE).toContain(`sqlite:${mounted(jobcontrol, "jobs")}/`);
  });

  it("publishes its ports on loopback alone, as the network between the containers has no TLS", () => {
    expect(config.tls).toBe("terminated");
    for (const { ports } of Object.values(compose.services)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it("has a root that cannot be written, and stops in peace", () => {
    expect(jobcontrol).toMatchObject({ read_only: true, tmpfs: ["/tmp"] });
    const graceMs = parseDuration(jobcontrol.stop_grace_period ?? "") ?? 0;
    expect(graceMs).toBeGreaterThan((parseDuration(config.drain.timeout) ?? 0) + 2000);
  });

  it("wires Prometheus and Grafana", () => {
    const { JOBCONTROL_LISTEN: listen = "" } = imageEnvironment();
    const [target = ""] = scrape.static_configs[0].targets;
    expect(target).toBe(`jobcontrol:${listen.split(":")[1]}`);
    expect(config.web.hosts).toContain("jobcontrol");
    expect(prometheus.secrets?.map((name) => `/run/secrets/${name}`)).toContain(
      scrape.authorization.credentials_file,
    );
    expect(read("prometheus.yml").rule_files).toEqual([mounted(prometheus, "../prometheus/alerts.yml")]);
    const [provider] = read("grafana/provisioning/dashboards/jobcontrol.yaml").providers;
    expect(mounted(grafana, "../grafana/jobcontrol.json")?.startsWith(`${provider.options.path}/`)).toBe(
      true,
    );
    const [source] = read("grafana/provisioning/datasources/prometheus.yaml").datasources;
    expect(source.url).toBe(`http://prometheus:${prometheus.ports[0]?.split(":")[2]}`);
  });
});

describe("make-tokens.sh", () => {
  it("fails where nothing can be made up, and leaves nothing that would be taken for a secret", async () => {
    await using copy = await TemporaryFolder.create();
    copyFileSync(join(folder, "make-tokens.sh"), join(copy.path, "make-tokens.sh"));
    writeFileSync(join(copy.path, "openssl"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const { PATH = "" } = process.env;
    const env = { PATH: `${copy.path}:${PATH}` };
    expect(spawnSync(join(copy.path, "make-tokens.sh"), { env }).status).toBe(1);
    expect(readdirSync(join(copy.path, "tokens"))).toEqual([]);
    expect(existsSync(join(copy.path, ".env"))).toBe(false);
  });

  it("makes tokens that the server takes and Prometheus brings, once, and gives the server no token", async () => {
    await using copy = await TemporaryFolder.create();
    copyFileSync(join(folder, "make-tokens.sh"), join(copy.path, "make-tokens.sh"));
    const run = () => execFileSync(join(copy.path, "make-tokens.sh"));
    const text = (file: string) => readFileSync(join(copy.path, file), "utf8");
    run();
    const made = [text("tokens/admin"), text("tokens/metrics"), text(".env")];
    run();
    expect([text("tokens/admin"), text("tokens/metrics"), text(".env")]).toEqual(made);
    expect(statSync(join(copy.path, "tokens")).mode & 0o077).toBe(0);
    for (const { file } of Object.values(compose.secrets))
      expect(existsSync(join(copy.path, file)), file).toBe(true);
    for (const token of made.slice(0, 2)) expect(text(".env")).not.toContain(token);

    const dotEnv = Object.fromEntries(
      text(".env")
        .trim()
        .split("\n")
        .map((line) => line.split("=") as [string, string]),
    );
    const env = Object.fromEntries(
      Object.entries(jobcontrol.environment ?? {}).map(([name, value]) => {
        const [, variable = ""] = /^\$\{(\w+):\?/.exec(value) ?? [];
        return [name, dotEnv[variable]];
      }),
    );
    const file = join(folder, "jobcontrol.config.yaml");
    const flags = { listen: "0.0.0.0:0", store: "memory:" };
    const configuration = await loadConfiguration({ file, cwd: ".", env, flags });
    await using server = new JobControlServer(configuration, { log: quietLog });
    const port = await server.start();
    const get = (token: string) =>
      fetch(`http://127.0.0.1:${port}${scrape.metrics_path ?? "/metrics"}`, {
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await get(text("tokens/metrics"))).status).toBe(200);
    expect((await get(text("tokens/admin"))).status).toBe(200);
    expect((await get(text("tokens/grafana"))).status).toBe(401);
  });
});
