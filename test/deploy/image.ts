import { readFileSync } from "node:fs";

export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** The instructions of the Dockerfile, those that go on over several lines put together. */
export function instructions(): readonly Instruction[] {
  const text = readFileSync("deploy/docker/Dockerfile", "utf8").replaceAll(/^#.*\n/gm, "");
  const lines = text.replaceAll(/\\\n\s*/g, " ").split("\n");
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
      if (name === undefined || rest === undefined) throw new SyntaxError(`Not an instruction: ${line}`);
      return { name, rest };
    });
}

/** What the image sets for all that runs in it. */
export function imageEnvironment(): Readonly<Record<string, string>> {
  const [{ rest } = { rest: "" }] = instructions().filter(({ name }) => name === "ENV");
  return Object.fromEntries(
    rest.split(/\s+/).map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
}
