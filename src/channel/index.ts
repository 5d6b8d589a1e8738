/** The public surface of `jobcontrol/channel`. */
export type {
  BoundedOptions,
  Channel,
  ChannelReader,
  ChannelWriter,
  FullMode,
  PrioritizedOptions,
  WaitOptions,
} from "./channel.ts";
export { ChannelClosedError } from "./channel-closed-error.ts";
export { createBounded, createUnbounded, createUnboundedPrioritized } from "./create-channel.ts";
