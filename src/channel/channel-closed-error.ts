/** A channel was completed, so it takes or gives no more. `cause` is the error it was completed with, if any. */
export class ChannelClosedError extends Error {
  readonly code = "CHANNEL_CLOSED";

  constructor(options?: ErrorOptions) {
    super("Channel is closed", options);
    this.name = "ChannelClosedError";
  }
}
