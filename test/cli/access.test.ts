import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Certificates, noCertificates } from "../certificates.ts";
import { runHere } from "./jobctl-here.ts";
import { type Child, exited, killAll, ready, run, start } from "./jobctl-process.ts";

const reader = "reader-0123456789abcdef";
const operator = "operator-0123456789abcdef";

let certificates: Certificates;
let server: Child;
let address: string;

/** `jobctl` with a context for each of those who call. */
function call(who: string, ...args: readonly string[]) {
  return runHere([...args, "--context", who], { env: environment() });
}

function environment() {
  return { XDG_CONFIG_HOME: certificates.folder, JOBCONTROL_ADDRESS: "" };
}

describe.skipIf(noCertificates !== "")(`jobctl and a server that knows its callers${noCertificates}`, () => {
  beforeAll(async () => {
    certificates = await Certificates.create();
    const { certFile, keyFile } = certificates.signed("server", "DNS:localhost", "IP:127.0.0.1");
    const { certFile: ca } = certificates.authority;
    certificates.file("operators", `${operator}\n`);
    const configuration = {
      listen: "127.0.0.1:0",
      store: "memory:",
      tls: { cert: certFile, key: keyFile, clientCa: ca, clientCert: "optional" },
      auth: {
        tokens: [
          { name: "reader", role: "read", file: certificates.file("readers", `${reader}\n`) },
          { name: "operator", role: "operate", file: join(certificates.folder, "operators") },
        ],
        certificates: [{ name: "deployer", role: "operate", match: "CN=deployer" }],
      },
      types: { waits: { process: { command: ["sleep", "1000"] } } },
    };
    const config = certificates.file("jobcontrol.config.json", JSON.stringify(configuration));
    server = start(["serve", "--config", config]);
    address = await ready(server);
    const deployer = certificates.signed("deployer");
    const own = ["--tls-cert", deployer.certFile, "--tls-key", deployer.keyFile];
    await set("deployer", ["--tls-ca", ca, ...own]);
    await set("nobody", ["--tls-ca", ca]);
    await set("reader", ["--tls-ca", ca, "--token-file", "-"], reader);
    await set("operator", ["--tls-ca", ca, "--token-file", "-"], operator);
  });

  afterAll(async () => {
    await killAll();
    await certificates[Symbol.asyncDispose]();
  });

  async function set(name: string, access: readonly string[], input = ""): Promise<void> {
    const args = ["context", "set", name, "--address", `https://${address}`, ...access];
    expect(await run(args, { env: environment(), input })).toMatchObject({ code: 0 });
  }

  it.each(["reader", "operator", "deployer"])("lists jobs for the %s", async (who) => {
    expect(await call(who, "list")).toMatchObject({ code: 0, stdout: expect.stringContaining("waits") });
  });

  it.each(["operator", "deployer"])("lets the %s start and stop", async (who) => {
    expect(await call(who, "start", `of-${who}`, "--type", "waits")).toMatchObject({ code: 0 });
    expect(await call(who, "stop", `of-${who}`, "--wait")).toMatchObject({ code: 0 });
  });

  it("tells who may not do it what it takes, and who is not known how to become it", async () => {
    expect(await call("reader", "start", "waits")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^jobctl: PERMISSION_DENIED: .*operate/),
    });
    expect(await call("nobody", "list")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^jobctl: UNAUTHENTICATED: .*context set nobody --token-file FILE for always\)\n$/,
      ),
    });
    expect(await runHere(["list", "--address", address])).toMatchObject({
      code: 1,
      stderr: `jobctl: TLS is spoken at ${address}: --tls or --tls-ca FILE\n`,
    });
  });

  it("completes the jobs of such a server", async () => {
    const { stdout } = await runHere(["complete", "--", "stop", "--context", "reader", "wai"], {
      env: environment(),
    });
    expect(stdout).toBe("waits\tstopped\n");
  });

  it("ends a watch whose token is taken back, and does not wait for the server", async () => {
    const watch = start(["watch", "--json", "--context", "operator"], { env: environment() });
    const told = text(watch.stderr);
    const ended = exited(watch);
    for await (const line of createInterface(watch.stdout)) {
      if (!line.includes("KIND_SNAPSHOT_END")) continue;
      writeFileSync(join(certificates.folder, "operators"), "another-0123456789abcdef\n");
      server.kill("SIGHUP");
    }
    expect(await ended).toBe(1);
    expect(JSON.parse(await told)).toMatchObject({ error: { reason: "UNAUTHENTICATED" } });
  });
});
