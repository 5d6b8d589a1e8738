/**
 * fastq 1.20.3. With a callback worker that answers at once, `push` calls the worker itself: nothing is queued, and
 * producer and consumer are one call stack. Its promise form is the one that hands work over.
 */
import fastq from "fastq";
import { type Calls, type Contender, callAll, share, type Transfer } from "../contender.ts";

export const fastqCallback: Contender = {
  name: "fastq",
  form: "callback worker, called inside push",

  async transfer(task: Transfer): Promise<number> {
    let sum = 0;
    const queue = fastq<unknown, number>((n, done) => {
      sum += n;
      done(null);
    }, 1);
    await share(task.producers, async (first, step) => {
      for (let n = first; n <= task.items; n += step) queue.push(n);
    });
    return sum;
  },

  async call(task: Calls): Promise<number> {
    const queue = fastq<unknown, number, number>((n, done) => done(null, n), 1);
    return callAll(
      task,
      (n) => new Promise((resolve) => queue.push(n, (_error, reply) => resolve(reply ?? 0))),
    );
  },
};

export const fastqPromise: Contender = {
  name: "fastq",
  form: "fastq.promise, async worker",

  async transfer(task: Transfer): Promise<number> {
    let sum = 0;
    const queue = fastq.promise<unknown, number, void>(async (n) => {
      sum += n;
    }, 1);
    await share(task.producers, async (first, step) => {
      for (let n = first; n <= task.items; n += step) {
        const done = queue.push(n);
        if (queue.length() >= task.capacity) await done;
      }
    });
    await queue.drained();
    return sum;
  },

  async call(task: Calls): Promise<number> {
    const queue = fastq.promise<unknown, number, number>(async (n) => n, 1);
    return callAll(task, (n) => queue.push(n));
  },
};
