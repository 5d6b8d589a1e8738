/** The channel of this repository: as one would write it first, woken in batches, and called by the writer. */
import {
  type Channel,
  type ChannelWriter,
  createBounded,
  createUnbounded,
} from "../../../src/channel/index.ts";
import { type Calls, type Contender, callAll, share, type Transfer } from "../contender.ts";

interface Request {
  readonly n: number;
  readonly reply: (n: number) => void;
}

export const plainChannel: Contender = {
  name: "jobcontrol",
  form: "write / for await",

  async transfer(task: Transfer): Promise<number> {
    const { reader, writer } = create<number>(task.capacity);
    const consumed = (async () => {
      let sum = 0;
      for await (const n of reader) sum += n;
      return sum;
    })();
    await share(task.producers, async (first, step) => {
      for (let n = first; n <= task.items; n += step) await writer.write(n);
    });
    writer.complete();
    return consumed;
  },

  async call(task: Calls): Promise<number> {
    const { reader, writer } = createBounded<Request>(1024);
    const consumed = (async () => {
      for await (const request of reader) request.reply(request.n);
    })();
    const sum = await callAll(task, async (n) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      await writer.write({ n, reply: resolve });
      return promise;
    });
    writer.complete();
    await consumed;
    return sum;
  },
};

export const fastChannel: Contender = {
  name: "jobcontrol",
  form: "tryWrite / waitToRead + tryRead",

  async transfer(task: Transfer): Promise<number> {
    const { reader, writer } = create<number>(task.capacity);
    const consumed = (async () => {
      let sum = 0;
      while (await reader.waitToRead()) {
        for (let n = reader.tryRead(); n !== undefined; n = reader.tryRead()) sum += n;
      }
      return sum;
    })();
    await share(task.producers, async (first, step) => {
      for (let n = first; n <= task.items; n += step) {
        if (!writer.tryWrite(n)) await writer.write(n);
      }
    });
    writer.complete();
    return consumed;
  },

  async call(task: Calls): Promise<number> {
    const { reader, writer } = createBounded<Request>(1024);
    const consumed = (async () => {
      while (await reader.waitToRead()) {
        for (let request = reader.tryRead(); request !== undefined; request = reader.tryRead()) {
          request.reply(request.n);
        }
      }
    })();
    const sum = await callAll(task, (n) => request(writer, n));
    writer.complete();
    await consumed;
    return sum;
  },
};

export const calledChannel: Contender = {
  name: "jobcontrol",
  form: "tryWrite / forEach",

  async transfer(task: Transfer): Promise<number> {
    const { reader, writer } = create<number>(task.capacity);
    let sum = 0;
    const consumed = reader.forEach((n) => {
      sum += n;
    });
    await share(task.producers, async (first, step) => {
      for (let n = first; n <= task.items; n += step) {
        if (!writer.tryWrite(n)) await writer.write(n);
      }
    });
    writer.complete();
    await consumed;
    return sum;
  },

  async call(task: Calls): Promise<number> {
    const { reader, writer } = createBounded<Request>(1024);
    const consumed = reader.forEach(({ n, reply }) => {
      reply(n);
    });
    const sum = await callAll(task, (n) => request(writer, n));
    writer.complete();
    await consumed;
    return sum;
  },
};

function request(writer: ChannelWriter<Request>, n: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = { n, reply: resolve };
    if (!writer.tryWrite(request)) writer.write(request).catch(reject);
  });
}

function create<T>(capacity: number): Channel<T> {
  return capacity === Number.POSITIVE_INFINITY ? createUnbounded() : createBounded(capacity);
}
