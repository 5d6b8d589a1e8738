import { createRequire } from "node:module";
import type * as Library from "rate-limiter-flexible";

/**
 * The two classes of rate-limiter-flexible that a limiter of its family is made of. They are taken from their
 * own files: the package's entry loads every store it knows, which takes longer than all the rest of start-up.
 */
const require = createRequire(import.meta.url);

export const RateLimiterCompatibleAbstract =
  require("rate-limiter-flexible/lib/RateLimiterCompatibleAbstract.js") as typeof Library.RateLimiterCompatibleAbstract;

export const RateLimiterRes =
  require("rate-limiter-flexible/lib/RateLimiterRes.js") as typeof Library.RateLimiterRes;

export type RateLimiterRes = Library.RateLimiterRes;
