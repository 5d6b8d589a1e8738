import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Child, exited, killAll, ready, start } from "../cli/jobctl-process.ts";
import { patience } from "../patience.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { type Block, blocksIn } from "./documents.ts";
import { shapeOf, stepsIn } from "./transcript.ts";
import { typed } from "./typed.ts";

/** A look is a process: not at every moment. */
const slowly = { ...patience, interval: 300 };

/** What a newcomer does, in the order of the page: writes files, serves them anew where they changed, and types. */
describe.each([
  ["docs/first-job.md", { servers: 2 }],
  ["docs/back-pressure.md", { servers: 1 }],
])("%s", (document, expected) => {
  let folder: TemporaryFolder;
  let server: Child | undefined;
  let config = "";
  let address = "";
  let servers = 0;

  beforeAll(async () => {
    folder = await TemporaryFolder.create();
  });

  afterAll(async () => {
    await killAll();
    await folder[Symbol.asyncDispose]();
  });

  for (const block of blocksIn(document)) {
    const name = /^(?:#|\/\/) ([\w-]+\/\S+)$/m.exec(block.text.split("\n")[0] ?? "")?.[1];
    if (name !== undefined) it(`${block.line}: has ${name}`, () => written(name, block));
    for (const { command, output } of block.language === "" ? stepsIn(block.text) : []) {
      it(`${block.line}: $ ${command}`, async () => {
        if (!command.includes("--check")) await served();
        const look = async () => {
          const printed = await typed(command, { address, cwd: folder.path });
          expect(shapeOf(printed.replaceAll(folder.path, "/srv"))).toEqual(shapeOf(output));
        };
        if (/jobctl (list|watch)/.test(command)) await vi.waitFor(look, slowly);
        else await look();
      });
    }
  }

  it("has served as often as it says", () => expect(servers).toBe(expected.servers));

  async function written(name: string, { text }: Block): Promise<void> {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
    if (!name.endsWith(".yaml")) return;
    config = join(folder.path, name);
    if (server === undefined) return;
    const ended = exited(server);
    server.kill("SIGINT");
    expect(await ended).toBe(0);
    server = undefined;
  }

  async function served(): Promise<void> {
    if (server !== undefined) return;
    server = start(["serve", "--config", config, "--listen", "127.0.0.1:0"]);
    address = await ready(server);
    servers++;
  }
});
