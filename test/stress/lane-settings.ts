import fc from "fast-check";

/** How commands wait in a play: in lanes of any kind, for a token or for none. */
export const anyLaneSetting = {
  capacity: fc.constantFrom(1, 3, 100),
  fullMode: fc.constantFrom(
    "wait" as const,
    "drop-write" as const,
    "drop-newest" as const,
    "drop-oldest" as const,
  ),
  rate: fc.constantFrom(undefined, { rate: 50, burst: 3 }),
};
