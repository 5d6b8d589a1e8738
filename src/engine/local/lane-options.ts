import type { FullMode } from "../../channel/index.ts";
import type { Priority } from "../../job/command.ts";

export interface LaneOptions {
  readonly priority: Priority;
  readonly capacity: number;
  readonly fullMode: FullMode;
}
