import { run as channel } from "./channel/main.ts";
import { doors } from "./doors/doors.ts";
import { durable } from "./durable/durable.ts";
import { idle } from "./idle/idle.ts";
import { overload } from "./overload/overload.ts";
import { pipelines } from "./pipeline/main.ts";
import { unary } from "./rpc/unary.ts";
import { runner } from "./runner/runner.ts";
import { startUp } from "./start-up/start-up.ts";
import { telemetry } from "./telemetry/telemetry.ts";
import { watch } from "./watch/watch.ts";
import { watchMemory } from "./watch/watch-memory.ts";

/** Every benchmark, one after the other: `npm run bench`, or `npm run bench -- unary` for some of them. */
const benchmarks: Readonly<Record<string, () => Promise<unknown>>> = {
  channel,
  pipeline: pipelines,
  unary,
  watch,
  "watch-memory": watchMemory,
  overload,
  durable,
  runner,
  idle,
  doors,
  telemetry,
  "start-up": startUp,
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in benchmarks));
if (unknown !== undefined) {
  console.error(`No such benchmark: ${unknown} (there are: ${Object.keys(benchmarks).join(", ")})`);
  process.exit(2);
}

for (const [name, benchmark] of Object.entries(benchmarks)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n── ${name}`);
  await benchmark();
}
