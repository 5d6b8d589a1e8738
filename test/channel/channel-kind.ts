/** The kinds of channel that the shared suite knows, and where they differ. */
import type { Channel } from "../../src/channel/index.ts";

export interface ChannelKind {
  readonly name: string;
  /** A new, empty channel. It has to let ascending numbers out in the order in which they came. */
  readonly create: <T>() => Channel<T>;
  /** How many items it holds. 0 means that a write has to meet a read. */
  readonly capacity: number;
  /** Whether a write to a full channel waits. The others drop something, or never are full. */
  readonly waitsWhenFull: boolean;
}
