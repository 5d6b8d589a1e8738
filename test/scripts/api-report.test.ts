import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { apiReport } from "../../scripts/api-report/report.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

describe("apiReport()", () => {
  it("shows what an entry exports, and what that names, without comments and private members", async () => {
    const report = await reportOf({
      "index.d.ts": `
        export { type Shown, make as create } from "./parts.js";
        export * from "./all.ts";
        export declare const limit = 5;`,
      "parts.d.ts": `
/** Not shown. */
export interface Shown extends Base<Hidden> {
    /** Nor this. */
    readonly one: string; // nor this
}
interface Base<T> {
    readonly base: T;
}
type Hidden = import("elsewhere").Thing | Outer;
import type { Outer } from "./outer.ts";
export declare function make(): Shown;
export declare class Unseen {
}`,
      "outer.d.ts": "export type Outer = Shown;\nexport interface Shown {\n    readonly other: true;\n}\n",
      "all.d.ts": `
export declare class Whole {
    #private;
    private readonly own;
    readonly seen: number;
    constructor(private: string);
}
export declare function twice(a: string): void;
export declare function twice(a: number): void;`,
    });
    expect(blocksOf(report)).toEqual([
      "interface Shown extends Base<Hidden> {\n    readonly one: string;\n}",
      "class Whole {\n    readonly seen: number;\n    constructor(private: string);\n}",
      "function make(): Shown;\n// exported as create",
      "const limit = 5;",
      "function twice(a: string): void;\nfunction twice(a: number): void;",
      "interface Base<T> {\n    readonly base: T;\n}",
      'type Hidden = import("elsewhere").Thing | Outer;',
      "type Outer = Shown;",
      "interface Shown {\n    readonly other: true;\n}",
    ]);
    expect(report.indexOf("## Named by it, and not exported")).toBeGreaterThan(
      report.indexOf("function twice"),
    );
  });

  it("changes with what callers can see, and with nothing else", async () => {
    const before = await reportOf({
      "index.d.ts": "/** One. */\nexport declare function f(a: string): void;\n",
    });
    const said = await reportOf({
      "index.d.ts": "/** Two. */\nexport declare function f(a: string): void;\n",
    });
    const changed = await reportOf({ "index.d.ts": "export declare function f(a?: string): void;\n" });
    expect(said).toBe(before);
    expect(changed).not.toBe(before);
  });

  it("does not look into what is another entry's", async () => {
    const files = {
      "index.d.ts": 'import type { Message } from "./gen/a.ts";\nexport declare function f(): Message;\n',
      "gen/a.d.ts": "export interface Message {\n}\n",
    };
    expect(blocksOf(await reportOf(files))).toEqual(["function f(): Message;"]);
  });
});

async function reportOf(files: Readonly<Record<string, string>>): Promise<string> {
  await using folder = await TemporaryFolder.with(files);
  const isOutside = (path: string) => path.startsWith(join(folder.path, "gen/"));
  return apiReport("it", { entry: join(folder.path, "index.d.ts"), isOutside });
}

function blocksOf(report: string): string[] {
  return Array.from(report.matchAll(/```ts\n([\s\S]*?)\n```/g), ([, block = ""]) => block);
}
