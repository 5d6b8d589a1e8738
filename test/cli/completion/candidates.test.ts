import { describe, expect, it } from "vitest";
import { candidates } from "../../../src/cli/completion/candidates.ts";
import { createProgram } from "../../../src/cli/program/program.ts";
import type { ServerOptions } from "../../../src/cli/server/server.ts";

const asked: ServerOptions[] = [];
const words = (...all: readonly string[]) => all.map((word) => ({ word, meaning: "" }));
const sources = {
  async jobs(server: ServerOptions) {
    asked.push(server);
    return words("disk-report", "ping", "mail:1@a=b");
  },
  types: async () => words("send-email", "ping"),
  contexts: async () => words("default", "production"),
  states: async () => words("running", "retrying"),
};

/** What can follow a line whose last word is where the cursor is. */
async function following(line: string): Promise<readonly string[] | "files"> {
  const found = await candidates(await createProgram(), line.split(" "), sources);
  return found === "files" ? found : found.map(({ word }) => word);
}

describe("What can be completed", () => {
  it.each([
    ["sta", ["start", "status", "stats"]],
    ["start d", ["disk-report"]],
    ["start mail:1@", ["mail:1@a=b"]],
    ["start mail-7 --type ", ["send-email", "ping"]],
    ["start --type=s", ["--type=send-email"]],
    ["start --on-conflict f", ["fail"]],
    ["start --priority=c", ["--priority=critical"]],
    ["start --req", ["--request-id"]],
    ["watch ping ", ["disk-report", "mail:1@a=b"]],
    ["watch --until s", ["settled", "snapshot"]],
    ["list --state re", ["retrying"]],
    ["list --context p", ["production"]],
    ["context use ", ["default", "production"]],
    ["context ", ["list", "use", "set", "remove", "help"]],
    ["db check --store", ["--store"]],
    ["completion z", ["zsh"]],
    // Nothing is known of these.
    ["start --input ", []],
    ["start --label ", []],
    ["dance ", []],
    ["status -- -", []],
  ])("%s: %j", async (line, expected) => {
    expect(await following(line)).toEqual(expected);
  });

  it.each(["serve --config ", "db backup ", "init "])("leaves files to the shell: %s", async (line) => {
    expect(await following(line)).toBe("files");
  });

  it("is an option where nothing else can come", async () => {
    expect(await following("stats ")).toEqual(
      expect.arrayContaining(["--watch", "--interval", "--json", "--help"]),
    );
    expect(await following("status ping ")).toEqual(expect.arrayContaining(["--input", "--snapshot"]));
  });

  it("is asked of the server that the line means", async () => {
    asked.length = 0;
    await following("stop --address 127.0.0.1:1 ");
    await following("stop --context=production ");
    await following("stop --force ");
    expect(asked).toEqual([{ address: "127.0.0.1:1" }, { context: "production" }, { force: true }]);
  });

  it("has every verb but the one that scripts call", async () => {
    const verbs = await following("");
    expect(verbs).toEqual(expect.arrayContaining(["serve", "init", "top", "context", "completion"]));
    expect(verbs).not.toContain("complete");
  });
});
