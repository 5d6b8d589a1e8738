import { Worker } from "node:worker_threads";
import { StoreLock } from "../../src/engine/local/sqlite/store-lock.ts";
import { defineConfig } from "../../src/index.ts";

let writer: Worker | undefined;

/** To know which thread it is that writes, which nobody tells. */
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (this: Worker, ...message: Parameters<typeof post>) {
  if (message[0].method === "write") writer = this;
  post.apply(this, message);
};

/** What is served where the thread that writes is to end. */
export default defineConfig({
  types: {
    "end-writer": {
      run: async () => {
        await writer?.terminate();
      },
    },
    "take-lock": {
      run: ({ input: { file } }) => {
        writer?.prependOnceListener("exit", () => StoreLock.acquire(String(file)));
        void writer?.terminate();
      },
    },
    forever: { run: ({ sleep }) => sleep(1_000_000) },
  },
});
