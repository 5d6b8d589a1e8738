import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { createSqliteStore } from "../../src/engine/local/sqlite/sqlite-store.ts";
import { asDeployed } from "../child-server.ts";
import { rotated } from "../rounds.ts";
import { BullMqPairs } from "./bullmq-pairs.ts";
import { type Contender, Scores } from "./contender.ts";
import { JobControlPairs } from "./job-control-pairs.ts";
import { recover } from "./recovery.ts";
import { RedisProcess, redisVersion } from "./redis-process.ts";

/**
 * What durability costs: pairs of Start and Stop on the SQLite store, beside the memory store, and beside BullMQ on a
 * Redis that writes its file before it answers (`appendfsync always`) and one that does so once a second (`everysec`);
 * in one process, without gRPC, so that nothing hides it, with all files in one folder. They take turns, round by round. That
 * process has the options with which the server is deployed.
 */
const rounds = 5;
const roundMs = 1500;
const outstanding = [1, 10, 100];

export async function durable(): Promise<void> {
  const child = spawn(process.execPath, [...asDeployed, import.meta.filename], { stdio: "inherit" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`It ended with ${code}`);
}

async function compareAll(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "jobcontrol-bench-"));
  const redis = redisVersion();
  if (statfsSync(folder).type === tmpfs) console.log(`${folder} is in memory: nothing here is durable`);
  console.log(redis === undefined ? "There is no redis-server: BullMQ is left out" : `Redis ${redis}`);
  try {
    for (const callers of outstanding) await compare(folder, callers, redis !== undefined);
    await recover(folder, rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The type of a file system in memory, as Linux has it. */
const tmpfs = 0x01021994;

async function compare(folder: string, callers: number, hasRedis: boolean): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const contenders: Contender[] = [
    opened.use(await JobControlPairs.open("memory", createMemoryStore())),
    opened.use(
      await JobControlPairs.open("SQLite", createSqliteStore({ file: join(folder, `${callers}.db`) })),
    ),
  ];
  for (const appendfsync of hasRedis ? (["always", "everysec"] as const) : []) {
    const redis = opened.use(
      await RedisProcess.start(join(folder, `${appendfsync}-${callers}`), appendfsync),
    );
    const options = { socket: redis.socket, callers };
    contenders.push(opened.use(await BullMqPairs.open(`BullMQ, ${appendfsync}`, options)));
  }
  const scores = contenders.map((contender) => new Scores(contender));
  for (const score of scores) await score.play(callers, roundMs);
  for (const score of scores) score.reset();
  for (let round = 0; round < rounds; round++)
    for (const score of rotated(scores, round)) await score.play(callers, roundMs);
  const [memory] = scores;
  console.log(`Start and Stop, ${callers} callers at a time`);
  console.table(scores.map((score) => memory && score.row(memory)));
}

if (import.meta.main) await compareAll();
