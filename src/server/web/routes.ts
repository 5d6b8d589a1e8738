import type { IncomingHttpHeaders } from "node:http";
import type { Credentials } from "../../rpc/access.ts";
import type { Answer } from "./answer.ts";

/**
 * Pages: all that is no call. Whoever has some (health, metrics, the dashboard) is one function, which the web server
 * asks in turn. The guard, HEAD, the security headers, limits and time-outs are the server's.
 */

/** Answers GET of the paths that it knows; undefined for any other, which the next is asked for. */
export type Pages = (request: PageRequest) => Answer | undefined | Promise<Answer | undefined>;

export interface PageRequest {
  /** As it came, with nothing decoded: `/assets/index-1a2b.js`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** What it shows of who asks. */
  readonly credentials: Credentials;
}
