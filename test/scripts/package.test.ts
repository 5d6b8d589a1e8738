import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { checkContents } from "../../scripts/package/contents.ts";
import { checkDependencies, type Lock } from "../../scripts/package/dependencies.ts";

vi.spyOn(console, "log").mockImplementation(() => {});

describe("checkContents()", () => {
  const packed = {
    file: "jobcontrol-1.0.0.tgz",
    names: [
      "package.json",
      "README.md",
      "LICENSE",
      "src/index.d.ts",
      "src/cli/jobctl.js",
      "src/channel/deque.js.map",
      "gen/index.js",
      "proto/jobcontrol/v1/job.proto",
      "schema/config.schema.json",
      "web/built/index.html",
      "web/built/assets/page.js",
    ],
    size: 1_000_000,
    unpackedSize: 4_000_000,
  };

  it("takes what belongs into the package", () => {
    expect(() => checkContents(packed)).not.toThrow();
  });

  it.each([
    "src/index.ts",
    "test/x.js",
    "src/.env",
    "web/app.tsx",
    "jobcontrol.db",
    "docs/README.md",
    "tsconfig.json",
  ])("refuses %s", (name) => {
    expect(() => checkContents({ ...packed, names: [...packed.names, name] })).toThrow(
      `should not have: ${name}`,
    );
  });

  it("misses what nobody could do without", () => {
    const names = packed.names.filter((name) => name !== "web/built/index.html");
    expect(() => checkContents({ ...packed, names })).toThrow("lacks: web/built/index.html");
  });

  it("refuses what is too heavy, packed or not", () => {
    expect(() => checkContents({ ...packed, size: 10_000_000 })).toThrow("too heavy");
    expect(() => checkContents({ ...packed, unpackedSize: 10_000_000 })).toThrow("too heavy");
  });
});

describe("checkDependencies()", () => {
  it("is content with those of this package", () => {
    expect(() =>
      checkDependencies(JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock),
    ).not.toThrow();
  });

  it("finds one that would have to be built, however deep, and none that is only for development", () => {
    const packages: Lock["packages"] = {
      "": { dependencies: { a: "1" } },
      "node_modules/a": { dependencies: { b: "1" } },
      "node_modules/b": {},
      "node_modules/a/node_modules/b": { optionalDependencies: { native: "1" } },
      "node_modules/native": { hasInstallScript: true },
      "node_modules/tool": { hasInstallScript: true },
    };
    expect(() => checkDependencies({ packages })).toThrow("Would have to be built: native");
    const { "node_modules/a/node_modules/b": _, ...others } = packages;
    expect(() => checkDependencies({ packages: others })).not.toThrow();
  });

  it("refuses too many", () => {
    const names = Array.from({ length: 100 }, (_, index) => `p${index}`);
    const packages = {
      "": { dependencies: Object.fromEntries(names.map((name) => [name, "1"])) },
      ...Object.fromEntries(names.map((name) => [`node_modules/${name}`, {}])),
    };
    expect(() => checkDependencies({ packages })).toThrow("Too many dependencies: 100");
  });
});
