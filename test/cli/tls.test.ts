import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AnsweringServer, badRequest, plainTextRefused } from "../answering-server.ts";
import { type Certificate, Certificates, noCertificates } from "../certificates.ts";
import { SecureService } from "../secure-service.ts";
import { runHere } from "./jobctl-here.ts";
import { killAll, run, serve } from "./jobctl-process.ts";

let certificates: Certificates;
let own: Certificate;

describe.skipIf(noCertificates !== "")(`jobctl over TLS${noCertificates}`, () => {
  beforeAll(async () => {
    certificates = await Certificates.create();
    own = certificates.signed("server", "DNS:localhost", "IP:127.0.0.1");
  });

  afterAll(async () => {
    await killAll();
    await certificates[Symbol.asyncDispose]();
  });

  it("calls a server with the certificates and the token of its options", async () => {
    const { certFile } = certificates.authority;
    await using service = await serviceThatAsks();
    const deployer = certificates.signed("deployer");
    const ended = await runHere([
      "list",
      ...["--address", `127.0.0.1:${service.port}`, "--tls-ca", certFile],
      ...["--tls-cert", deployer.certFile, "--tls-key", deployer.keyFile],
      ...["--token-file", certificates.file("token", "of-file\n")],
    ]);
    expect(ended).toEqual({ code: 0, stdout: "No jobs\n", stderr: "" });
    expect(service).toMatchObject({ callers: ["deployer"], tokens: ["Bearer of-file"] });
  });

  it("calls it with those of a context, or of the variable", async () => {
    const { certFile } = certificates.authority;
    await using service = await SecureService.open(own);
    const env = { XDG_CONFIG_HOME: certificates.folder, JOBCONTROL_TOKEN: "of-variable" };
    const address = `https://127.0.0.1:${service.port}`;
    const access = ["--address", address, "--tls-ca", certFile];
    await run(["context", "set", "there", ...access, "--token-file", "-"], { env, input: "of-context" });
    expect(await runHere(["list", "--context", "there"], { env })).toMatchObject({ code: 0 });
    expect(await runHere(["list", ...access], { env })).toMatchObject({ code: 0 });
    expect(service.tokens).toEqual(["Bearer of-context", "Bearer of-variable"]);
  });

  it("says what to do where the certificate is not to be trusted, or has another name", async () => {
    await using service = await SecureService.open(certificates.signed("other", "DNS:jobs.example.com"));
    const place = `127.0.0.1:${service.port}`;
    const untrusted = await runHere(["list", "--address", `https://${place}`]);
    expect(untrusted).toMatchObject({
      code: 1,
      stdout: "",
      stderr: `jobctl: No TLS with ${place}: unable to verify the first certificate (--tls-ca FILE says whom to trust)\n`,
    });
    const trusted = ["list", "--address", place, "--tls-ca", certificates.authority.certFile];
    expect(await runHere(trusted)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--tls-name NAME"),
    });
    expect(await runHere([...trusted, "--tls-name", "jobs.example.com"])).toMatchObject({ code: 0 });
  });

  it("says what to do where the server asks who calls", async () => {
    const { certFile } = certificates.authority;
    await using service = await serviceThatAsks();
    const ended = await runHere(["list", "--address", `127.0.0.1:${service.port}`, "--tls-ca", certFile]);
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^jobctl: No TLS with .* \(the server asks who calls: --tls-cert FILE --tls-key FILE\)\n$/,
      ),
    });
  });

  it("says what to do where one side speaks TLS and the other does not", async () => {
    const { address } = await serve();
    await using plain = await AnsweringServer.open(badRequest);
    for (const place of [address, `127.0.0.1:${plain.port}`]) {
      expect(await runHere(["list", "--tls", "--address", place])).toMatchObject({
        code: 1,
        stderr: `jobctl: No TLS with ${place}: wrong version number (plain text is spoken there: leave out --tls)\n`,
      });
    }
    await using secure = await AnsweringServer.open(plainTextRefused);
    expect(await runHere(["list", "--address", `127.0.0.1:${secure.port}`])).toMatchObject({
      code: 1,
      stderr: `jobctl: TLS is spoken at 127.0.0.1:${secure.port}: --tls or --tls-ca FILE\n`,
    });
  });

  it("sends no token over plain text to another machine", async () => {
    const env = { JOBCONTROL_TOKEN: "t" };
    expect(await runHere(["list", "--address", "jobs.example.com:1"], { env })).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "jobctl: Token would be sent in plain text: jobs.example.com:1 (--tls, or --plain-text-token where a proxy does TLS on the way)\n",
    });
  });
});

/** One that takes nobody in without a certificate of the authority. */
function serviceThatAsks(): Promise<SecureService> {
  const { cert: ca } = certificates.authority;
  return SecureService.open({ ...own, ca, requestCert: true, rejectUnauthorized: true });
}
