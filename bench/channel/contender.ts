/**
 * What every contender is asked to do. Items are the whole numbers from 1 up, and what is returned is the sum of those
 * that arrived, so that a contender that loses or doubles one is found out.
 */

export interface Transfer {
  readonly items: number;
  readonly producers: number;
  /** How many items may be under way; Infinity for no bound. */
  readonly capacity: number;
}

export interface Calls {
  readonly calls: number;
  readonly callers: number;
}

export interface Contender {
  readonly name: string;
  /** Which of its ways to write and read is measured. */
  readonly form: string;
  /** Moves items from producers to one consumer. Absent where it cannot hold producers back and has to. */
  transfer(task: Transfer): Promise<number> | undefined;
  /** Callers send a number each, one after the other, and wait for the consumer to send it back. */
  call(task: Calls): Promise<number>;
}

/** Runs `count` loops side by side, each with its own share of the numbers from 1 up. */
export async function share(
  count: number,
  loop: (first: number, step: number) => Promise<void>,
): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => loop(index + 1, count)));
}

/** Calls one by one, as each caller does; the sum of the replies. */
export async function callAll(task: Calls, call: (n: number) => Promise<number>): Promise<number> {
  let sum = 0;
  await share(task.callers, async (first, step) => {
    for (let n = first; n <= task.calls; n += step) {
      const reply = await call(n);
      sum += reply;
    }
  });
  return sum;
}
