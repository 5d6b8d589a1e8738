/** p-queue 10.0.0 with a concurrency of one; its producers wait with `onSizeLessThan`. */
import PQueue from "p-queue";
import { type Calls, type Contender, callAll, share, type Transfer } from "../contender.ts";

export const pQueue: Contender = {
  name: "p-queue",
  form: "add / onSizeLessThan",

  async transfer(task: Transfer): Promise<number> {
    let sum = 0;
    const queue = new PQueue({ concurrency: 1 });
    await share(task.producers, async (first, step) => {
      for (let n = first; n <= task.items; n += step) {
        if (queue.size >= task.capacity) await queue.onSizeLessThan(task.capacity);
        queue.add(() => {
          sum += n;
        });
      }
    });
    await queue.onIdle();
    return sum;
  },

  async call(task: Calls): Promise<number> {
    const queue = new PQueue({ concurrency: 1 });
    return callAll(task, (n) => queue.add(() => n));
  },
};
