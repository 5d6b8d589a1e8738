import { type Priority, priorities } from "../../job/command.ts";
import type { CheckedConfig } from "./config-schema.ts";
import type { ChannelConfiguration, LaneConfiguration } from "./configuration.ts";
import type { ConfigurationError } from "./configuration-error.ts";
import type { Wrong } from "./expectation.ts";

/** Works out what each lane is: what is said of it, or else of the channel as a whole. */
export function channelOf(
  channel: CheckedConfig["channel"],
  onWrong: (wrong: Wrong) => ConfigurationError,
): ChannelConfiguration {
  const laneOf = (priority: Priority): LaneConfiguration => {
    const own = channel.lanes[priority] ?? {};
    const { capacity = channel.capacity, fullMode = channel.fullMode } =
      typeof own === "number" ? { capacity: own } : own;
    if (capacity > 0 || fullMode === "wait") return { priority, capacity, fullMode };
    const field = channel.lanes[priority] === undefined ? "channel.capacity" : `channel.lanes.${priority}`;
    const problem = `a capacity of 0 needs fullMode wait: ${fullMode} would refuse every command`;
    throw onWrong({ field, problem });
  };
  const { maxWaiters, degradedAt } = channel;
  return { maxWaiters, degradedAt, lanes: priorities.map(laneOf) };
}
