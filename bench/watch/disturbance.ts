import { setTimeout as sleep } from "node:timers/promises";
import type { ChildServer } from "../child-server.ts";
import { initialWindow } from "../http2/frames.ts";
import { ratios, rotated } from "../rounds.ts";
import { median, quantile, summary } from "../statistics.ts";
import { instruct } from "./instructions.ts";
import { startWatchServer } from "./watch-server.ts";
import { Watchers } from "./watchers.ts";

/**
 * What watchers that do not read do to those that do: two servers go through the same storm of changes in turn,
 * and only one of them has watchers that have used up their windows. Counted is when a change that was asked for
 * in the middle of it comes to each of the others.
 */
const stalled = 500;
const readers = { count: 1_000, connections: 20, request: { jobIds: ["report"], skipSnapshot: true } };
const rounds = 20;
const changes = 20;
const pauseMs = 60;

export async function disturbance(): Promise<void> {
  const alone = await open("alone");
  const disturbed = await open(`beside ${stalled} that do not read`);
  const request = { skipSnapshot: true };
  const options = { count: stalled, connections: 20, request, streamWindow: initialWindow };
  using _stalled = await Watchers.open(disturbed.server.address, options);
  const scenes = [alone, disturbed];
  for (let round = -1; round < rounds; round++) {
    for (const scene of rotated(scenes, Math.abs(round))) {
      const p99 = await p99InStorm(scene);
      if (round >= 0) scene.p99s.push(p99);
    }
  }
  console.log(`${readers.count} watchers while some 2,000 changes a second come: when one comes to them`);
  console.table(
    scenes.map(({ name, p99s }) => ({
      "": name,
      "p99, ms": summary(p99s, 1),
      "of alone": median(ratios(p99s, alone.p99s)).toFixed(2),
    })),
  );
  for (const { server, watchers } of scenes) {
    watchers[Symbol.dispose]();
    server[Symbol.dispose]();
  }
}

interface Scene {
  readonly name: string;
  readonly server: ChildServer;
  readonly watchers: Watchers;
  readonly p99s: number[];
}

async function open(name: string): Promise<Scene> {
  const server = await startWatchServer();
  return { name, server, watchers: await Watchers.open(server.address, readers), p99s: [] };
}

async function p99InStorm({ server, watchers }: Scene): Promise<number> {
  const latencies: number[] = [];
  instruct(server, "storm");
  for (let change = 0; change < changes; change++) {
    await sleep(pauseMs);
    latencies.push(...(await watchers.expect(() => instruct(server, "change"))).latencies);
  }
  instruct(server, "calm");
  await sleep(pauseMs);
  return quantile(latencies, 0.99);
}

if (import.meta.main) await disturbance();
