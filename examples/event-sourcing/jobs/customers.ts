import type { Command } from "./account.ts";

/** What customers ask for in a day: the same for the same seed. */
export function* customers({ seed, commands }: { seed: number; commands: number }): Generator<Command> {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let n = 0; n < commands; n++) {
    const account = `account-${below(10)}`;
    yield random() < 0.5
      ? { kind: "deposit", account, amount: 1 + below(500) }
      : { kind: "withdraw", account, amount: 1 + below(700) };
  }
}

/** A linear congruential generator: good enough for customers. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
