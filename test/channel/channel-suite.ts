/**
 * What every channel does, whatever its kind. A kind runs it by calling `describeChannel` in its own test file.
 * The parts are named after what they are about; what only some kinds do stands in those kinds' test files.
 */
import type { ChannelKind } from "./channel-kind.ts";
import { describeCancellation } from "./suite-cancellation.ts";
import { describeCompletion } from "./suite-completion.ts";
import { describeForEach } from "./suite-for-each.ts";
import { describeReadAll } from "./suite-read-all.ts";
import { describeReading } from "./suite-reading.ts";
import { describeTraffic } from "./suite-traffic.ts";
import { describeWriting } from "./suite-writing.ts";

export function describeChannel(kind: ChannelKind): void {
  describeWriting(kind);
  describeReading(kind);
  describeReadAll(kind);
  describeForEach(kind);
  describeCompletion(kind);
  describeCancellation(kind);
  describeTraffic(kind);
}
