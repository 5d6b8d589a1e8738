import { execFile } from "node:child_process";
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { TemporaryFolder } from "../temporary-folder.ts";

/** What a cluster makes of the manifests can be known without one: its API has types, and `kubernetes-models` has them. */

const folder = "deploy/kubernetes";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

const manifests = readdirSync(folder).flatMap((file) =>
  parseAllDocuments(readFileSync(join(folder, file), "utf8")).map((document): Manifest => document.toJS()),
);

/** A module that compiles where the API has all that the manifest says. */
function moduleOf(manifest: Manifest): string {
  const { apiVersion, kind } = manifest;
  return `import type { I${kind} } from "kubernetes-models/${apiVersion}";
export const manifest: I${kind} = ${JSON.stringify(manifest, null, 2)};
`;
}

function misspelt(manifest: Manifest): Manifest {
  return JSON.parse(JSON.stringify(manifest).replace('"readinessProbe"', '"readinesProbe"'));
}

it("The Kubernetes manifests say what the API of a cluster knows, and nothing else", async () => {
  expect(manifests.map(({ kind }) => kind)).toContain("StatefulSet");
  const modules = manifests.map((manifest, at) => [`${at}-${manifest.kind}.ts`, moduleOf(manifest)]);
  const wrong = manifests.filter(({ kind }) => kind === "StatefulSet").map(misspelt);
  const options = {
    compilerOptions: {
      module: "nodenext",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
    },
  };
  await using project = await TemporaryFolder.with({
    ...Object.fromEntries(modules),
    ...Object.fromEntries(wrong.map((manifest) => ["wrong.ts", moduleOf(manifest)])),
    "package.json": '{ "type": "module" }',
    "tsconfig.json": JSON.stringify(options),
  });
  symlinkSync(resolve("node_modules"), join(project.path, "node_modules"));
  const compiled = promisify(execFile)("node_modules/.bin/tsc", ["-p", project.path, "--pretty", "false"]);
  const { stdout } = await compiled.catch((failed: { stdout: string }) => failed);
  const errors = stdout.split("\n").filter((line) => line.includes("error TS"));
  // The one that was made wrong here, so that it is known to be looked at.
  expect(errors).toEqual([expect.stringMatching(/wrong\.ts.*'?readinesProbe/)]);
});
