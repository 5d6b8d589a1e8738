import fc from "fast-check";

/** One of several kinds of step, so many times as likely as others. */
export function weighted<T extends object>(weight: number, model: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return { weight, arbitrary: fc.record(model) as unknown as fc.Arbitrary<T> };
}
