import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { execPath } from "node:process";
import { validate } from "dockerfile-utils";
import { describe, expect, it } from "vitest";
import { sha256Of } from "../../src/rpc/identities.ts";
import type { Configuration } from "../../src/server/configuration/configuration.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { Certificates } from "../certificates.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";
import { imageEnvironment, instructions } from "./image.ts";

const known = new Set([
  ...["FROM", "ARG", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE"],
  ...["STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"],
]);

function all(name: string): readonly string[] {
  return instructions()
    .filter((each) => each.name === name)
    .map(({ rest }) => rest);
}

describe("the Dockerfile", () => {
  it("has instructions that there are, in two stages", () => {
    for (const { name } of instructions()) expect(known).toContain(name);
    expect(all("FROM")).toHaveLength(2);
  });

  it("has nothing that a linter of Dockerfiles finds wrong", () => {
    const text = readFileSync("deploy/docker/Dockerfile", "utf8");
    expect(validate(text)).toEqual([]);
    const wrong = validate(text.replace("--start-interval=2s", "--start-intervall=2s"));
    expect(wrong.map(({ message }) => message)).toEqual([expect.stringContaining("start-intervall")]);
  });

  it("takes the Node that the project takes", () => {
    const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(all("ARG")).toEqual([`NODE_VERSION=${devDependencies.node}`]);
  });

  it("copies files that there are, and that it is given", () => {
    const ignored = readFileSync(".dockerignore", "utf8").split("\n");
    for (const rest of all("COPY").filter((copied) => !copied.startsWith("--from="))) {
      const paths = rest.split(" ").slice(0, -1);
      for (const path of paths) expect(existsSync(path), path).toBe(true);
      const [path = ""] = paths;
      if (path.startsWith("deploy/")) expect(ignored).toContain(`!${path}`);
    }
    for (const secret of ["**/*.key", "**/*.pem", "**/.env", ".git"]) expect(ignored).toContain(secret);
  });

  it("runs a program of the package, as nobody, and ends it with the signal that drains", () => {
    const { bin } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(all("RUN").at(-1)).toContain(
      `/opt/jobcontrol/${bin.jobctl.replace("./", "")} /usr/local/bin/jobctl`,
    );
    expect(all("USER")).toEqual(["10001:10001"]);
    expect(JSON.parse(all("ENTRYPOINT")[0] ?? "")).toEqual([
      "tini",
      "--",
      "node",
      "--max-semi-space-size=8",
      "/usr/local/bin/jobctl",
    ]);
    expect(JSON.parse(all("CMD")[0] ?? "")).toEqual(["serve"]);
    expect(all("STOPSIGNAL")).toEqual(["SIGTERM"]);
  });

  it("sets variables that the server reads, and no others of that name", () => {
    const env = imageEnvironment();
    const names = Object.keys(env).filter((name) => name.startsWith("JOBCONTROL_"));
    const documented = readFileSync("docs/configuration.md", "utf8");
    for (const name of names) expect(documented).toContain(`\`${name}\``);
    expect(env).toMatchObject({
      JOBCONTROL_LISTEN: `0.0.0.0:${all("EXPOSE")[0]}`,
      JOBCONTROL_STORE: `sqlite:${all("VOLUME")[0]}/jobcontrol.db`,
    });
  });
});

describe("the health check of the image", () => {
  /** Its exit code, asked of this port. */
  function check(port: number, host = "0.0.0.0"): Promise<number> {
    const [, command = "[]"] = /CMD (\[.*\])/.exec(all("HEALTHCHECK")[0] ?? "") ?? [];
    const [program, script] = JSON.parse(command) as string[];
    expect([program, script]).toEqual(["node", "/opt/jobcontrol/health-check.mjs"]);
    const env = { JOBCONTROL_LISTEN: `${host}:${port}` };
    return new Promise((resolve) => {
      execFile(execPath, ["deploy/docker/health-check.mjs"], { env }, (error) =>
        resolve(error === null ? 0 : Number(error.code)),
      );
    });
  }

  async function served(over: Partial<Configuration>) {
    const server = new JobControlServer(testConfiguration(over), { log: quietLog });
    return { server, port: (await server.start()) ?? expect.fail("Not started") };
  }

  const sha256 = [sha256Of("a-token-for-everything").toString("hex")];
  const auth = { tokens: [{ name: "a", role: "admin", sha256 } as const], certificates: [] };

  it("holds while the server is up, and not when it is gone", async () => {
    const { server, port } = await served({ auth, tls: "terminated" });
    expect(await check(port)).toBe(0);
    await server.drain();
    expect(await check(port)).toBe(1);
  });

  it("asks where the server listens, when that is one address alone", async () => {
    const { server, port } = await served({ listen: { host: "127.0.0.2", port: 0 } });
    expect(await check(port, "127.0.0.2")).toBe(0);
    expect(await check(port)).toBe(1);
    await server[Symbol.asyncDispose]();
  });

  it("asks over TLS where the server has that", async () => {
    await using certificates = await Certificates.create();
    const { certFile: cert, keyFile: key } = certificates.signed("server", "DNS:elsewhere");
    const tls = { cert, key, isClientCertRequired: false, minVersion: "TLSv1.3" } as const;
    const { server, port } = await served({ auth, tls });
    expect(await check(port)).toBe(0);
    await server[Symbol.asyncDispose]();
    expect(await check(port)).toBe(1);
  });

  it("does not hold where the answer is 503", async () => {
    const ill = createServer((_, response) => response.writeHead(503).end());
    await new Promise<void>((resolve) => ill.listen(0, "127.0.0.1", resolve));
    const address = ill.address();
    expect(await check(typeof address === "object" ? (address?.port ?? 0) : 0)).toBe(1);
    ill.close();
  });
});
