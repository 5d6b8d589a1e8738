import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  WatchStatusResponse_Kind as Kind,
  type WatchStatusRequest,
  type WatchStatusRequestSchema,
  type WatchStatusResponse,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";

export type WatchInit = MessageInitShape<typeof WatchStatusRequestSchema>;

/** How far a watch has come that may be cut at any moment, and with which request it is taken up again. */
export class WatchPosition {
  readonly #request: WatchStatusRequest;
  #token: string;
  #changes = 0;
  /** True while part of a snapshot was told and not yet the token that resumes after it. */
  #isInSnapshot = false;

  constructor(request: WatchStatusRequest) {
    this.#request = request;
    this.#token = request.resumeToken;
  }

  told({ kind, resumeToken }: WatchStatusResponse): void {
    if (kind === Kind.CHANGED) this.#changes++;
    this.#isInSnapshot = kind === Kind.SNAPSHOT || kind === Kind.RESET;
    if (resumeToken !== "") this.#token = resumeToken;
  }

  /** What asks for the rest. */
  get request(): WatchStatusRequest {
    const { maxChanges } = this.#request;
    return {
      ...this.#request,
      resumeToken: this.#token,
      maxChanges: maxChanges === 0 ? 0 : maxChanges - this.#changes,
    };
  }

  /** True where all changes that were asked for have been told; only the word that it was all of them was lost. */
  get isComplete(): boolean {
    const { maxChanges } = this.#request;
    return maxChanges > 0 && this.#changes >= maxChanges;
  }

  /** What was told of a snapshot that was cut is taken back: once, however many tries the next one takes. */
  toldReset(): void {
    this.#isInSnapshot = false;
  }

  /** True where a snapshot was cut: what was told of it is no longer to be relied on, and another will come. */
  get beginsAnew(): boolean {
    return this.#isInSnapshot;
  }
}
