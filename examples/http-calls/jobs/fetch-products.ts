import type { JobContext } from "jobcontrol";
import { pipeline } from "jobcontrol/pipeline";
import { ApiClient, type ApiOptions, CallFailure } from "./api-client.ts";

export interface FetchOptions extends ApiOptions {
  /** Calls at a time. */
  readonly inFlight: number;
}

interface Failure {
  readonly product: number;
  readonly reason: string;
}

/** As many failures are in the result; all of them are in the output. */
const mostFailures = 100;

/**
 * Asks the API for the products 1 to `input.count`, a fixed number of them at a time, and adds up what they are worth. A call
 * that fails is told in the output, counted and left out; a key that is not taken, or an API that cannot be reached, ends the run. A stop breaks off all calls.
 */
export function fetchProducts({ inFlight, ...options }: FetchOptions) {
  return async (ctx: JobContext) => {
    const count = countIn(ctx.input);
    const api = new ApiClient(options);
    const failures: Failure[] = [];
    let fetched = 0;
    let value = 0;

    async function fetchOne(product: number, { signal }: { readonly signal: AbortSignal }): Promise<void> {
      try {
        const worth = worthOf(await api.get(`/products/${product}`, { signal }));
        // Only now: a `value +=` before the wait would add to what `value` was then.
        value += worth;
        fetched++;
      } catch (error) {
        if (!(error instanceof CallFailure)) throw error;
        failures.push({ product, reason: error.message });
        ctx.log(`product ${product}: ${error.message}`);
      }
    }

    function tell(): void {
      const pause = api.pauseMs > 0 ? `, a pause of ${Math.ceil(api.pauseMs / 1000)} s` : "";
      const message = `${api.inFlight} in flight, ${api.retries} tried again, ${failures.length} failed${pause}`;
      ctx.progress({ current: fetched + failures.length, total: count, unit: "products", message });
    }

    await pipeline(numbersTo(count)).forEach(fetchOne, {
      concurrency: inFlight,
      signal: ctx.signal,
      onProgress: tell,
    });
    const told = failures.toSorted((a, b) => a.product - b.product).slice(0, mostFailures);
    return { fetched, value, failed: failures.length, failures: told, triedAgain: api.retries };
  };
}

function countIn({ count = 200 }: JobContext["input"]): number {
  if (typeof count === "number" && count >= 1 && count <= 1_000_000) return count;
  throw new RangeError("input.count is no number from 1 to 1000000");
}

function* numbersTo(last: number): Generator<number> {
  for (let number = 1; number <= last; number++) yield number;
}

function worthOf(product: unknown): number {
  const { price, stock } = { price: undefined, stock: undefined, ...Object(product) };
  if (typeof price === "number" && typeof stock === "number") return price * stock;
  throw new CallFailure("the answer is no product", { isPassing: false });
}
