import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { get } from "node:https";
import { createInterface } from "node:readline";
import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, describe, expect, it } from "vitest";
import { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { sha256Of } from "../../src/rpc/identities.ts";
import { Certificates } from "../certificates.ts";
import { type Child, exited, killAll, ready, run, start } from "./jobctl-process.ts";

/** The whole of it as an operator meets it: files, signals, exit codes. */
const certificates = await Certificates.create();
const { cert: ca } = certificates.authority;
certificates.signed("server", "DNS:localhost", "IP:127.0.0.1");

afterAll(killAll);
afterAll(() => certificates[Symbol.asyncDispose]());

const config = certificates.file(
  "jobcontrol.config.yaml",
  `
listen: 0.0.0.0:0
store: "memory:"
log: json
tls: { cert: server.pem, key: server.key }
auth: { tokens: [{ name: ci, role: read, file: token }] }
types:
  hello: { process: { command: [echo, hello] } }
`,
);

/** The next line of the log with this message. */
async function logged(server: Child, message: string): Promise<void> {
  for await (const line of createInterface(server.stderr)) {
    const entry = JSON.parse(line) as { readonly msg: string };
    if (entry.msg === message) return;
  }
  throw new Error(`The server ended without: ${message}`);
}

describe("jobctl serve, with TLS and authentication", () => {
  it("takes certificates and tokens up anew at SIGHUP, and ends the watch of a token that is gone", async () => {
    certificates.file("token", "the-first-of-the-tokens");
    const server = start(["serve", "--config", config]);
    const port = Number((await ready(server)).split(":")[1]);
    const transport = createGrpcTransport({ baseUrl: `https://localhost:${port}`, nodeOptions: { ca } });
    const client = createClient(JobControlService, transport);
    const headers = { authorization: "Bearer the-first-of-the-tokens" };
    const watch = client.watchStatus({}, { headers })[Symbol.asyncIterator]();
    await watch.next();
    const ended = (async () => {
      while (!(await watch.next()).done);
    })();

    const next = certificates.signed("next", "DNS:localhost", "IP:127.0.0.1");
    writeFileSync(certificates.file("server.pem", next.cert), next.cert);
    certificates.file("server.key", next.key);
    certificates.file("token", "the-second-of-the-tokens");
    const reread = logged(server, "Tokens were read anew");
    server.kill("SIGHUP");
    await reread;

    await expect(ended).rejects.toMatchObject({ code: Code.Unauthenticated });
    await expect(client.listJobs({}, { headers })).rejects.toMatchObject({ code: Code.Unauthenticated });
    await client.listJobs({}, { headers: { authorization: "Bearer the-second-of-the-tokens" } });
    const [answer] = await once(
      get({ host: "127.0.0.1", port, path: "/livez", ca, agent: false }),
      "response",
    );
    expect(answer.socket.getPeerCertificate().subject.CN).toBe("next");
    answer.resume();
    server.kill("SIGTERM");
    expect(await exited(server)).toBe(0);
  });

  it("takes on at SIGHUP who is new in the configuration, lets go who is not there any more, and passes over what is wrong", async () => {
    const token = (name: string) => `the-token-of-${name}-here`;
    const entry = (name: string) =>
      `{ name: ${name}, role: read, sha256: ${sha256Of(token(name)).toString("hex")} }`;
    const write = (tokens: string, more = "") =>
      certificates.file(
        "renewed.config.yaml",
        `store: "memory:"\nlog: json\nauth: { tokens: [${tokens}] }\n${more}types: {}\n`,
      );
    const file = write(entry("ann"));
    const server = start(["serve", "--config", file, "--listen", "127.0.0.1:0"]);
    const log = createInterface(server.stderr)[Symbol.asyncIterator]();
    const until = async (message: string): Promise<{ readonly because?: string }> => {
      const { value = "", done } = await log.next();
      if (done) return expect.fail(`The server ended without: ${message}`);
      const line = JSON.parse(value) as { readonly msg: string; readonly because?: string };
      return line.msg === message ? line : until(message);
    };
    const address = await ready(server);
    const client = createClient(JobControlService, createGrpcTransport({ baseUrl: `http://${address}` }));
    const list = (name: string) =>
      client.listJobs({}, { headers: { authorization: `Bearer ${token(name)}` } });
    await list("ann");

    write(`${entry("bob")}, ${entry("cid")}`);
    server.kill("SIGHUP");
    await until("Tokens were read anew");
    await Promise.all([list("bob"), list("cid")]);
    await expect(list("ann")).rejects.toMatchObject({ code: Code.Unauthenticated });

    write(entry("ann"), "chanel: {}\n");
    server.kill("SIGHUP");
    const { because } = await until("The configuration stays as it was");
    expect(because).toContain("chanel: unknown key, did you mean channel?");
    await until("Tokens were read anew");
    await list("bob");
    await expect(list("ann")).rejects.toMatchObject({ code: Code.Unauthenticated });
    writeFileSync(file, 'store: "memory:"\nlog: json\ntypes: {}\n');
    server.kill("SIGHUP");
    await until("Authentication stays as it was: it begins and ends with a start");
    await list("bob");
    await expect(client.listJobs({})).rejects.toMatchObject({ code: Code.Unauthenticated });
    server.kill("SIGTERM");
    expect(await exited(server)).toBe(0);
  });

  it.each([
    ["a token that is too short", { token: "secret" }, "auth.tokens[0].file: "],
    ["a key of another certificate", { key: "other" }, "tls.key: "],
  ])("refuses %s with 2 and one line, which does not show it", async (_, { token, key }: Faults, told) => {
    certificates.file("token", token ?? "the-first-of-the-tokens");
    const other = certificates.signed("other", "DNS:localhost");
    const own = certificates.signed("server", "DNS:localhost", "IP:127.0.0.1");
    certificates.file("server.key", key === undefined ? own.key : other.key);
    const ended = await run(["serve", "--config", config, "--log", "pretty"]);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toMatch(/^jobctl: Invalid configuration in .*\n$/);
    expect(ended.stderr).toContain(told);
    expect(ended.stderr).not.toMatch(/secret|PRIVATE KEY/);
  });
});

interface Faults {
  readonly token?: string;
  readonly key?: string;
}
