import type { ChannelReader } from "../channel/index.ts";
import type { Outlet, StageInlet } from "./outlet.ts";
import type { Handler } from "./pipeline.ts";
import type { StageCounts } from "./stage-counts.ts";

/** What a stage does with an item, and with what its handler made of it. */
export interface StageWork<T, M, R> {
  readonly handle: Handler<T, M>;
  readonly concurrency: number;
  /** Items leave in the order in which they came. */
  readonly ordered: boolean;
  /** Puts what there is to pass on, and gives a promise where it has to wait for room. */
  readonly emit: (made: M, outlet: Outlet<R>, item: T) => Promise<void> | undefined;
}

/** Where a stage's items come from and go to. */
export interface StageIo<T, R> {
  readonly counts: StageCounts;
  readonly reader: ChannelReader<T>;
  /** Where the stage before puts them. */
  readonly inlet: StageInlet<T>;
  readonly outlet: Outlet<R>;
}
