import type { ChannelReader } from "../channel/index.ts";
import type { Outlet } from "./outlet.ts";
import type { StageStats } from "./pipeline.ts";

/** What a stage is connected to, as far as its counts show it. */
export interface StageEnds {
  readonly outlet: Outlet<never>;
  /** The channel before it. The source has none. */
  readonly input?: StageInput | undefined;
}

export interface StageInput {
  readonly reader: ChannelReader<unknown>;
  readonly capacity: number;
  /** How many items its full mode threw away. */
  readonly drops?: { readonly count: number };
}

/** Counts of one stage of one run: the stage counts up, others look. */
export class StageCounts {
  readonly name: string;
  received = 0;
  done = 0;
  readonly #ends: StageEnds;

  constructor(name: string, ends: StageEnds) {
    this.name = name;
    this.#ends = ends;
  }

  snapshot(): StageStats {
    const { name, received, done } = this;
    const { outlet, input } = this.#ends;
    return {
      name,
      received,
      done,
      emitted: outlet.emitted,
      depth: input?.reader.count ?? 0,
      capacity: input?.capacity ?? 0,
      dropped: input?.drops?.count ?? 0,
    };
  }
}
