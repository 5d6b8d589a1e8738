import { createReadStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import type { JobContext } from "jobcontrol";
import { pipeline, progressOf } from "jobcontrol/pipeline";
import { recordReader } from "./csv.ts";
import { bandOf, type EnrichedNavaid, type Navaid, navaidOf } from "./navaid.ts";
import { NavaidStore } from "./navaid-store.ts";

export interface ImportOptions {
  readonly navaids: URL;
  readonly countries: URL;
  readonly database: URL;
}

interface Line {
  readonly number: number;
  readonly text: string;
}

/**
 * Raw lines, validated, enriched, stored in batches. A line that is broken is told in the job's output, counted and left
 * out. `input.lookupMs` is how long each look at the "remote" table of countries takes.
 */
export function importNavaids({ navaids, countries, database }: ImportOptions) {
  return async (ctx: JobContext) => {
    const { lookupMs = 1 } = ctx.input;
    if (typeof lookupMs !== "number") throw new TypeError("input.lookupMs is not a number");
    const known = await readCountries(countries);
    const read = recordReader(await firstLine(navaids));
    const total = (await countLines(navaids)) - 1;
    let broken = 0;

    function reported(line: Line, reason: string): [] {
      broken++;
      ctx.log(`line ${line.number}: ${reason}`);
      return [];
    }

    function validate(line: Line): [Line, Navaid][] {
      try {
        return [[line, navaidOf(read(line.text))]];
      } catch (error) {
        return reported(line, error instanceof Error ? error.message : String(error));
      }
    }

    const enrich = async ([line, navaid]: [Line, Navaid]): Promise<EnrichedNavaid[]> => {
      await ctx.sleep(lookupMs);
      const country = known.get(navaid.countryCode);
      if (country === undefined) return reported(line, `no such country: ${navaid.countryCode}`);
      return [{ ...navaid, ...country, band: bandOf(navaid.frequencyKhz) }];
    };

    const store = new NavaidStore(database);
    let stored = 0;
    function persist(batch: EnrichedNavaid[]): void {
      store.write(batch);
      stored += batch.length;
    }

    try {
      await pipeline(linesOf(navaids))
        .flatMap(validate)
        .flatMap(enrich, { concurrency: 8 })
        .batch({ size: 100, within: 200 })
        .forEach(persist, {
          signal: ctx.signal,
          onProgress: (stats) => ctx.progress(progressOf(stats, { total, unit: "lines" })),
        });
    } finally {
      store.close();
    }
    return { lines: total, stored, broken };
  };
}

/** Those below the first, which has the names. */
async function* linesOf(path: URL): AsyncGenerator<Line> {
  const file = await open(path);
  try {
    let number = 0;
    for await (const text of file.readLines()) if (++number > 1) yield { number, text };
  } finally {
    await file.close();
  }
}

async function firstLine(path: URL): Promise<string> {
  await using file = await open(path);
  for await (const line of file.readLines()) return line;
  throw new RangeError("The file is empty");
}

async function countLines(file: URL): Promise<number> {
  let count = 0;
  for await (const chunk of createReadStream(file)) {
    for (let at = chunk.indexOf("\n"); at >= 0; at = chunk.indexOf("\n", at + 1)) count++;
  }
  return count;
}

async function readCountries(file: URL): Promise<Map<string, { country: string; continent: string }>> {
  const [header = "", ...lines] = (await readFile(file, "utf8")).trimEnd().split("\n");
  const records = lines.map(recordReader(header));
  return new Map(
    records.map(({ code = "", name = "", continent = "" }) => [code, { country: name, continent }]),
  );
}
