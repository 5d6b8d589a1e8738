import { setTimeout as sleep } from "node:timers/promises";
import type { ChildServer } from "../child-server.ts";
import { ratios, rotated } from "../rounds.ts";
import { median, summary } from "../statistics.ts";
import { instruct } from "./instructions.ts";
import { startBareServer, startWatchServer } from "./watch-server.ts";
import { type Delivery, Watchers } from "./watchers.ts";

/**
 * One job's change to all its watchers, over 20 connections, beside a bare grpc-js server that writes the same
 * bytes to each of its streams. Servers and client have processes of their own; the servers take turns.
 */
const connections = 20;
const sizes = [
  { watchers: 1_000, changes: 200 },
  { watchers: 10_000, changes: 60 },
];
/** A run's progress is passed on at most every 50 ms; and it leaves the servers time to collect their garbage. */
const pauseMs = 60;
/** Changes that are made before any is measured, until the JIT has seen all of both. */
const warmUp = 20;

export async function watch(): Promise<void> {
  for (const { watchers, changes } of sizes) {
    const contenders = await open(watchers);
    for (let change = -warmUp; change < changes; change++) {
      for (const contender of rotated(contenders, Math.abs(change))) {
        await sleep(pauseMs);
        const delivery = await contender.change();
        if (change >= 0) contender.deliveries.push(delivery);
      }
    }
    console.log(`A job's change to ${watchers} watchers over ${connections} connections, ${changes} changes`);
    console.table(contenders.map((contender) => contender.row(contenders)));
    for (const contender of contenders) contender[Symbol.dispose]();
  }
}

async function open(count: number): Promise<readonly Contender[]> {
  const options = { count, connections, request: { jobIds: ["report"], skipSnapshot: true } };
  const jobcontrol = await startWatchServer();
  const watchers = await Watchers.open(jobcontrol.address, options);
  await watchers.expect(() => instruct(jobcontrol, "change"));
  const bare = await startBareServer(watchers.lastMessage);
  return [
    new Contender("bare grpc-js", bare, await Watchers.open(bare.address, options)),
    new Contender("jobcontrol", jobcontrol, watchers),
  ];
}

class Contender implements Disposable {
  readonly deliveries: Delivery[] = [];
  readonly #name: string;
  readonly #server: ChildServer;
  readonly #watchers: Watchers;

  constructor(name: string, server: ChildServer, watchers: Watchers) {
    this.#name = name;
    this.#server = server;
    this.#watchers = watchers;
  }

  /** Makes one change. Resolves when it has come to every watcher. */
  change(): Promise<Delivery> {
    return this.#watchers.expect(() => instruct(this.#server, "change"));
  }

  row([bare]: readonly Contender[]): object {
    const spans = this.deliveries.map(({ first, last }) => last - first);
    const bareSpans = bare?.deliveries.map(({ first, last }) => last - first) ?? [];
    const lasts = this.deliveries.map(({ last }) => last);
    const bareLasts = bare?.deliveries.map(({ last }) => last) ?? [];
    return {
      "": this.#name,
      "first to last, ms": summary(spans, 1),
      "of bare": median(ratios(spans, bareSpans)).toFixed(2),
      "asked to last, ms": summary(lasts, 1),
      "last of bare": median(ratios(lasts, bareLasts)).toFixed(2),
    };
  }

  [Symbol.dispose](): void {
    this.#watchers[Symbol.dispose]();
    this.#server[Symbol.dispose]();
  }
}

if (import.meta.main) await watch();
