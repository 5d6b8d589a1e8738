import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkedConfiguration } from "../../src/server/configuration/load-configuration.ts";
import { parseYaml } from "../../src/server/configuration/parse-yaml.ts";
import { Certificates } from "../certificates.ts";
import { blocksIn, commandsIn } from "./documents.ts";

/** The configurations of the guide, with the files that they name; and the commands that make a token. */
const blocks = blocksIn("docs/securing.md");
const configurations = blocks.filter(
  ({ language, text }) => language === "yaml" && !text.startsWith("scrape_configs"),
);

const certificates = await Certificates.create();
const { certFile } = certificates.signed("server", "DNS:localhost");
certificates.file("clients.pem", certificates.authority.cert);
const folder = dirname(certFile);

afterAll(() => certificates[Symbol.asyncDispose]());

function typed(command: string): string {
  return execFileSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
}

describe("The guide to securing", () => {
  it("makes a token, and the SHA-256 that the server needs", async () => {
    typed("mkdir tokens");
    const [block] = blocks.filter(({ text }) => text.startsWith("$ openssl rand"));
    const [make = "", hash = ""] = block === undefined ? [] : commandsIn(block);
    typed(make);
    const [sha256] = typed(hash).split(" ");
    const checked = await checkedConfiguration(
      { auth: { tokens: [{ name: "ci", role: "read", sha256 }] } },
      { folder },
    );
    expect(checked.auth?.tokens).toHaveLength(1);
    typed(make.replace("tokens/ci", "tokens/prometheus"));
  });

  it.each(configurations.map(({ line, text }) => [line, text]))(
    "can be used as it is, from line %d",
    async (_, text) => {
      const { said } = parseYaml(String(text));
      const env = { CI_TOKEN: "a-token-that-is-long-enough" };
      const { tls, auth } = await checkedConfiguration(said, { folder, env });
      expect(tls ?? auth ?? said).toBeDefined();
    },
  );

  it("has Prometheus bring its token as the server takes it", () => {
    const block = blocks.find(({ text }) => text.startsWith("scrape_configs"));
    const [job] = parse(block?.text ?? "").scrape_configs;
    expect(job).toMatchObject({ scheme: "https", authorization: { credentials_file: expect.any(String) } });
    const { scrape_configs: wired } = parse(readFileSync(join("deploy/compose/prometheus.yml"), "utf8"));
    expect(Object.keys(job.authorization)).toEqual(Object.keys(wired[0].authorization));
  });
});
