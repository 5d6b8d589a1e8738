import { Http2SessionManager } from "@connectrpc/connect-node";

type Request = Http2SessionManager["request"];

/**
 * The client's connection. A connection that fails says so once more after its calls have heard of it; the manager does
 * not listen any longer when it was told to abort meanwhile, and in Node an error that nobody hears ends the process.
 */
export class Sessions extends Http2SessionManager {
  override async request(...args: Parameters<Request>): ReturnType<Request> {
    const stream = await super.request(...args);
    const { session } = stream;
    if (!session?.listeners("error").includes(heardByCalls)) session?.on("error", heardByCalls);
    return stream;
  }
}

/** Every call has it from its own stream. */
function heardByCalls(): void {}
