import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/program/program.ts";

async function verbs(verb?: string): Promise<string[]> {
  return (await createProgram(verb)).commands.map((command) => command.name());
}

describe("createProgram()", () => {
  it("has every verb, each once", async () => {
    const all = await verbs();
    expect(new Set(all).size).toBe(all.length);
    expect(await verbs("dance")).toEqual(all);
    expect(await verbs("--help")).toEqual(all);
  });

  it("has each verb also where only it is asked for", async () => {
    for (const verb of await verbs()) expect(await verbs(verb), verb).toContain(verb);
  });

  it("loads no more than what stands beside the verb that is asked for", async () => {
    const all = await verbs();
    for (const verb of ["list", "serve", "db", "top"])
      expect((await verbs(verb)).length, verb).toBeLessThan(all.length);
    expect(await verbs("--version")).toEqual([]);
  });

  it("has --json for each verb, and each verb below it", async () => {
    const withoutJson = leavesOf(await createProgram())
      .filter(({ options }) => options.every(({ long }) => long !== "--json"))
      .map((command) => command.name());
    // It is for the scripts of completion alone, and answers in a form that shells can read.
    expect(withoutJson).toEqual(["complete"]);
  });
});

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}
