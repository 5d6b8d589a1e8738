import { create } from "@bufbuild/protobuf";
import {
  JobControlService,
  WatchStatusRequestSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { fromWatchStatusRequest } from "../../../src/rpc/requests.ts";
import type { WatchRecording } from "../../../src/testing/watch-recording.ts";
import { RecordedWatch } from "../recorded-watch.ts";
import { endOf, told } from "../told-stream.ts";
import type { WatchInit } from "../wired-service.ts";
import type { Link } from "./server-line.ts";

/** One watcher, who takes his watch up again with the next server where the last one left it. */
export class WatchLine {
  readonly #init: WatchInit;
  readonly #watches: RecordedWatch[] = [];
  #token = "";

  constructor(init: WatchInit) {
    this.#init = init;
  }

  /** Watches on; `answered` is the newest revision that anybody was told of. */
  open({ watches }: Link, answered: number): void {
    const init = { ...this.#init, resumeToken: this.#token };
    const stream = watches.stream(JobControlService.method.watchStatus, init);
    this.#watches.push(
      new RecordedWatch({
        request: fromWatchStatusRequest(create(WatchStatusRequestSchema, init)),
        messages: told(stream),
        isEager: true,
        turn: async () => {},
        published: () => answered,
        endOf,
        cut: () => stream.cancel(),
        ...knownLater,
      }),
    );
  }

  /** False where it has ended, though its server is still there. */
  get goesOn(): boolean {
    return this.#watches.at(-1)?.isOver === false;
  }

  /** The server is gone: resolves when all that it had sent has been read. */
  async over(): Promise<void> {
    const last = this.#watches.at(-1);
    await last?.reached(Number.POSITIVE_INFINITY);
    this.#token = last?.tokenAt(0) || this.#token;
  }

  /** Resolves when it has been told all up to a revision, or its watch has ended. */
  async reached(revision: number): Promise<void> {
    await this.#watches.at(-1)?.reached(revision);
  }

  leave(): void {
    this.#watches.at(-1)?.cut();
  }

  /**
   * Its watches, one for each server. What was committed when a message came is not known, only what was in the end: a
   * watch with LATEST may have merged more than it should.
   */
  recordings(kept: { readonly epoch: string; readonly revision: number }): readonly WatchRecording[] {
    const { epoch, revision } = kept;
    return this.#watches.map((watch) => {
      const recording = watch.recording(revision);
      const messages = recording.messages.map((read) => ({ ...read, committed: revision }));
      return { ...recording, epoch, ring: revision, messages };
    });
  }
}

const knownLater = { epoch: "", ring: 0, committed: () => 0 };
