/**
 * What Node brings along: a PassThrough in object mode, read with `data` events, and `events.on`, which cannot hold a
 * producer back and so stands in the rows without a bound only.
 */
import { EventEmitter, on } from "node:events";
import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { type Calls, type Contender, callAll, share, type Transfer } from "../contender.ts";

interface Request {
  readonly n: number;
  readonly reply: (n: number) => void;
}

export const passThrough: Contender = {
  name: "PassThrough",
  form: "write, drain / on('data')",

  async transfer(task: Transfer): Promise<number> {
    const bounded = task.capacity !== Number.POSITIVE_INFINITY;
    const stream = new PassThrough({ objectMode: true, ...(bounded && { highWaterMark: task.capacity }) });
    stream.setMaxListeners(0);
    let sum = 0;
    stream.on("data", (n: number) => {
      sum += n;
    });
    await share(task.producers, async (first, step) => {
      for (let n = first; n <= task.items; n += step) {
        if (!stream.write(n) && bounded) await new Promise((resolve) => stream.once("drain", resolve));
      }
    });
    stream.end();
    await finished(stream);
    return sum;
  },

  async call(task: Calls): Promise<number> {
    const stream = new PassThrough({ objectMode: true });
    stream.on("data", (request: Request) => request.reply(request.n));
    const sum = await callAll(task, (n) => new Promise((reply) => stream.write({ n, reply })));
    stream.end();
    await finished(stream);
    return sum;
  },
};

export const eventsOn: Contender = {
  name: "events.on",
  form: "emit / for await",

  transfer(task: Transfer): Promise<number> | undefined {
    if (task.capacity !== Number.POSITIVE_INFINITY) return undefined;
    return (async () => {
      const emitter = new EventEmitter();
      const consumed = (async () => {
        let sum = 0;
        for await (const [n] of on(emitter, "item", { close: ["end"] })) sum += n;
        return sum;
      })();
      await share(task.producers, async (first, step) => {
        for (let n = first; n <= task.items; n += step) emitter.emit("item", n);
      });
      emitter.emit("end");
      return consumed;
    })();
  },

  async call(task: Calls): Promise<number> {
    const emitter = new EventEmitter();
    const consumed = (async () => {
      for await (const [request] of on(emitter, "request", { close: ["end"] })) request.reply(request.n);
    })();
    const sum = await callAll(task, (n) => new Promise((reply) => emitter.emit("request", { n, reply })));
    emitter.emit("end");
    await consumed;
    return sum;
  },
};
