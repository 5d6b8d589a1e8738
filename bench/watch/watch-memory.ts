import { setTimeout as sleep } from "node:timers/promises";
import type { ChildServer } from "../child-server.ts";
import { initialWindow } from "../http2/frames.ts";
import { median, summary } from "../statistics.ts";
import { disturbance } from "./disturbance.ts";
import { instruct, settledMemoryOf } from "./instructions.ts";
import { startBareServer, startWatchServer } from "./watch-server.ts";
import { Watchers, type WatchersOptions } from "./watchers.ts";

/**
 * What a watcher costs the server: its memory for one that is idle, and for one that does not read while thousands
 * of changes come; and what those who do not read do to the others. Memory is a slope, between a few watchers and
 * many, with the garbage collected; each number is of a new process.
 */
const rounds = 3;
const connections = 20;
const stormMs = 3000;
/** Until the last of what the storm left to be sent has been sent, or is held up. */
const settleMs = 2000;

const idle: Behaviour = {
  few: 2_000,
  many: 10_000,
  options: { request: { jobIds: ["report"], skipSnapshot: true } },
  live: async ({ server, watchers }) => void (await watchers.expect(() => instruct(server, "change"))),
};

const usesUpItsWindow: Behaviour = {
  few: 200,
  many: 1_000,
  options: { request: { skipSnapshot: true }, streamWindow: initialWindow },
  live: ({ server }) => storm(server),
};

const doesNotReadItsSocket: Behaviour = {
  ...usesUpItsWindow,
  options: { request: { skipSnapshot: true } },
  live: async ({ server, watchers }) => {
    watchers.stopReading();
    await storm(server);
  },
};

export async function watchMemory(): Promise<void> {
  const rows = [
    await row("idle, bare grpc-js", () => startBareServer(Buffer.alloc(300)), idle),
    await row("idle", startWatchServer, idle),
    await row("its window is used up", startWatchServer, usesUpItsWindow),
    await row("does not read its socket", startWatchServer, doesNotReadItsSocket),
  ];
  console.log("What a watcher holds in the server, KiB");
  console.table(rows);
  await disturbance();
}

interface Behaviour {
  readonly few: number;
  readonly many: number;
  readonly options: Pick<WatchersOptions, "request" | "streamWindow">;
  /** What these watchers go through before they are measured. */
  readonly live: (scene: { server: ChildServer; watchers: Watchers }) => Promise<void>;
}

async function row(name: string, start: () => Promise<ChildServer>, behaviour: Behaviour): Promise<object> {
  const slopes = [];
  for (let round = 0; round < rounds; round++) slopes.push(await slope(start, behaviour));
  const rss = slopes.map((slope) => slope.rss);
  return {
    "": name,
    rss: summary(rss, 1),
    "of that on the heap": median(slopes.map(({ heap }) => heap)).toFixed(1),
  };
}

/** KiB a watcher. */
async function slope(start: () => Promise<ChildServer>, { few, many, options, live }: Behaviour) {
  using server = await start();
  using first = await Watchers.open(server.address, { ...options, count: few, connections });
  await live({ server, watchers: first });
  const before = await settledMemoryOf(server);
  using others = await Watchers.open(server.address, { ...options, count: many - few, connections });
  await live({ server, watchers: others });
  const after = await settledMemoryOf(server);
  const each = (bytes: number) => bytes / 1024 / (many - few);
  return { rss: each(after.rss - before.rss), heap: each(after.heap - before.heap) };
}

async function storm(server: ChildServer): Promise<void> {
  instruct(server, "storm");
  await sleep(stormMs);
  instruct(server, "calm");
  await sleep(settleMs);
}

if (import.meta.main) await watchMemory();
