/** The kinds of channel that the shared suite knows, and where they differ. */
import { describe, it } from "vitest";
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

type Declare = (name: string, body: () => void | Promise<void>) => void;

/** Declares a test for the kinds that it is about. The others have nothing there that could be skipped. */
export function onlyIf(applies: boolean): Declare {
  return (name, body) => {
    if (applies) it(name, body);
  };
}

/** The same for a group of tests. */
export function describeOnlyIf(applies: boolean): (name: string, body: () => void) => void {
  return (name, body) => {
    if (applies) describe(name, body);
  };
}
