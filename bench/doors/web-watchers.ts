import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { summary } from "../statistics.ts";
import { instruct, settledMemoryOf } from "../watch/instructions.ts";
import { startWatchServer } from "../watch/watch-server.ts";

/**
 * What a watcher over Connect holds in the server, its connection included: a slope between a few and many, as
 * `watch-memory` has it for gRPC.
 */
const rounds = 3;
const few = 200;
const many = 1_000;
const stormMs = 3000;
const settleMs = 2000;

export async function webWatchers(): Promise<void> {
  console.log("What a watcher over Connect holds in the server, its connection included, KiB");
  console.table([
    await row("idle", { jobIds: ["report"], skipSnapshot: true }, async () => {}),
    await row("does not read", { skipSnapshot: true }, async (server, sockets) => {
      for (const socket of sockets) socket.pause();
      instruct(server, "storm");
      await sleep(stormMs);
      instruct(server, "calm");
      await sleep(settleMs);
    }),
  ]);
}

type Server = Awaited<ReturnType<typeof startWatchServer>>;
type Live = (server: Server, sockets: readonly Socket[]) => Promise<void>;

async function row(name: string, request: object, live: Live): Promise<object> {
  const rss: number[] = [];
  const heap: number[] = [];
  for (let round = 0; round < rounds; round++) {
    using server = await startWatchServer();
    const first = await open(server.address, request, few);
    await live(server, first);
    const before = await settledMemoryOf(server);
    const others = await open(server.address, request, many - few);
    await live(server, others);
    const after = await settledMemoryOf(server);
    rss.push((after.rss - before.rss) / 1024 / (many - few));
    heap.push((after.heap - before.heap) / 1024 / (many - few));
    for (const socket of [...first, ...others]) socket.destroy();
  }
  return { "": name, rss: summary(rss, 1), "of that on the heap": summary(heap, 1) };
}

/** Watches that have had their first message. */
async function open(address: string, request: object, count: number): Promise<Socket[]> {
  const text = JSON.stringify(request);
  const head = [
    "POST /jobcontrol.v1.JobControlService/WatchStatus HTTP/1.1",
    `Host: ${address}`,
    "Content-Type: application/connect+json",
    `Content-Length: ${text.length + 5}`,
    "",
    "",
  ];
  const bytes = Buffer.concat([
    Buffer.from(head.join("\r\n")),
    Buffer.from([0, 0, 0, 0, text.length]),
    Buffer.from(text),
  ]);
  const { hostname: host, port } = new URL(`http://${address}`);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ host, port: Number(port) });
      socket.write(bytes);
      await once(socket, "data");
      return socket;
    }),
  );
}
