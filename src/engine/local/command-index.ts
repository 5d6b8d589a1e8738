import { PassingMap } from "../../async/passing-map.ts";
import { isChange } from "../../job/command.ts";
import type { ReceiptId } from "../engine.ts";
import type { QueuedCommand } from "./queued-command.ts";

/** The commands that change a job and are not settled yet, by both of their ids. */
export class CommandIndex {
  readonly #byCommandId = new PassingMap<string, QueuedCommand>();
  readonly #byRequestId = new PassingMap<string, QueuedCommand>();

  find(id: ReceiptId): QueuedCommand | undefined {
    return "commandId" in id ? this.#byCommandId.get(id.commandId) : this.#byRequestId.get(id.requestId);
  }

  add(entry: QueuedCommand): void {
    const { command } = entry;
    if (!isChange(command)) return;
    this.#byCommandId.set(command.commandId, entry);
    if (command.requestId !== "") this.#byRequestId.set(command.requestId, entry);
  }

  delete({ command }: QueuedCommand): void {
    if (!isChange(command)) return;
    this.#byCommandId.delete(command.commandId);
    if (command.requestId !== "") this.#byRequestId.delete(command.requestId);
  }
}
