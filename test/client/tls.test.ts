import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type ClientOptions, createJobControlClient, describeFailure } from "../../src/client/index.ts";
import { AnsweringServer, badRequest, plainTextRefused } from "../answering-server.ts";
import { type Certificate, Certificates, noCertificates } from "../certificates.ts";
import { SecureService } from "../secure-service.ts";

let certificates: Certificates;
let own: Certificate;

/** What a client of these options has been told, or how it failed. */
async function ask(
  { port }: SecureService,
  { host = "127.0.0.1", ...options }: Omit<ClientOptions, "address"> & { readonly host?: string },
) {
  using client = createJobControlClient({ address: `${host}:${port}`, ...options });
  return await client.jobs.listJobs({}).then(() => "answered", describeFailure);
}

describe.skipIf(noCertificates !== "")(`A client over TLS${noCertificates}`, () => {
  beforeAll(async () => {
    certificates = await Certificates.create();
    own = certificates.signed("server", "DNS:localhost", "IP:127.0.0.1");
  });

  afterAll(async () => {
    await certificates[Symbol.asyncDispose]();
  });

  it("speaks with a server whose certificate the given authority has signed", async () => {
    await using service = await SecureService.open(own);
    const ca = certificates.authority.cert;
    expect(await ask(service, { tls: { ca } })).toBe("answered");
    expect(await ask(service, { tls: { ca }, host: "localhost" })).toBe("answered");
  });

  it("trusts what the machine trusts where no authority is given", async () => {
    await using service = await SecureService.open(own);
    expect(await ask(service, { tls: true })).toMatchObject({
      message: expect.stringContaining("unable to"),
    });
  });

  it("verifies the server also where the environment says that Node need not", async () => {
    await using service = await SecureService.open(own);
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const outcome = await ask(service, { tls: true, token: "secret" }).finally(() => vi.unstubAllEnvs());
    expect(outcome).toMatchObject({ message: expect.stringContaining("unable to") });
    expect(service.tokens).toEqual([]);
  });

  it("checks the name, which may be another than the host's", async () => {
    const other = certificates.signed("other", "DNS:jobs.example.com");
    await using service = await SecureService.open(other);
    const ca = certificates.authority.cert;
    expect(await ask(service, { tls: { ca } })).toMatchObject({
      message: expect.stringContaining("altnames"),
    });
    expect(await ask(service, { tls: { ca, serverName: "jobs.example.com" } })).toBe("answered");
  });

  it("shows its own certificate to a server that asks for one", async () => {
    const ca = certificates.authority.cert;
    await using service = await SecureService.open({
      ...own,
      ca,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const { cert, key } = certificates.signed("deployer");
    expect(await ask(service, { tls: { ca, cert, key } })).toBe("answered");
    expect(service.callers).toEqual(["deployer"]);
    expect(await ask(service, { tls: { ca } })).toMatchObject({ reason: "" });
  });

  it("sends its token with each call, and asks for it before each where it changes", async () => {
    await using service = await SecureService.open(own);
    const tls = { ca: certificates.authority.cert };
    await ask(service, { tls, token: "fixed" });
    let tokens = 0;
    using client = createJobControlClient({
      address: `127.0.0.1:${service.port}`,
      tls,
      token: async () => `fresh-${++tokens}`,
    });
    await client.jobs.listJobs({});
    await client.jobs.listJobs({});
    expect(service.tokens).toEqual(["Bearer fixed", "Bearer fresh-1", "Bearer fresh-2"]);
  });

  it("asks for nothing where the token cannot be had, and does not try again", async () => {
    await using service = await SecureService.open(own);
    let asked = 0;
    const token = () => {
      asked++;
      throw new Error("The vault is closed");
    };
    using client = createJobControlClient({ address: `127.0.0.1:${service.port}`, token });
    const unauthenticated = { name: "CallError", code: "UNAUTHENTICATED", message: "The vault is closed" };
    await expect(client.start({ jobId: "a" })).rejects.toMatchObject(unauthenticated);
    await expect(client.watchStatus().next()).rejects.toMatchObject(unauthenticated);
    expect(asked).toBe(2);
  });

  it("does not try again where the certificate is not to be trusted, neither a command nor a watch", async () => {
    await using service = await SecureService.open(certificates.selfSigned("nobody", "IP:127.0.0.1"));
    using client = createJobControlClient({
      address: `127.0.0.1:${service.port}`,
      tls: { ca: certificates.authority.cert },
    });
    const onRetry = () => expect.unreachable("It was tried again");
    const untrusted = { name: "CallError", message: expect.stringContaining("self-signed certificate") };
    await expect(client.start({ jobId: "a" }, { onRetry })).rejects.toMatchObject(untrusted);
    const watch = client.watchStatus({}, { onInterrupted: onRetry });
    await expect(watch.next()).rejects.toMatchObject(untrusted);
  });

  it("does not try again where the other side speaks no TLS", async () => {
    await using service = await AnsweringServer.open(badRequest);
    using client = createJobControlClient({ address: `127.0.0.1:${service.port}`, tls: true });
    const onRetry = () => expect.unreachable("It was tried again");
    await expect(client.start({ jobId: "a" }, { onRetry })).rejects.toMatchObject({
      message: expect.stringContaining("wrong version number"),
    });
  });

  it("does not try again in plain text where TLS is spoken", async () => {
    await using service = await AnsweringServer.open(plainTextRefused);
    using client = createJobControlClient({ address: `127.0.0.1:${service.port}` });
    const onRetry = () => expect.unreachable("It was tried again");
    await expect(client.start({ jobId: "a" }, { onRetry })).rejects.toMatchObject({ reason: "" });
    await expect(client.watchStatus({}, { onInterrupted: onRetry }).next()).rejects.toMatchObject({
      reason: "",
    });
  });

  it.each([
    ["a certificate", { cert: "no certificate" }],
    ["a key", { key: "no key" }],
    ["an authority", { ca: "no authority" }],
  ])("is not made with what is not %s", (_name, tls) => {
    expect(() => createJobControlClient({ address: "127.0.0.1:1", tls: { ...own, ...tls } })).toThrow(
      TypeError,
    );
  });
});
