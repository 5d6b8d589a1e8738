/** Effect 4.1.0: producers and consumer are fibers; the consumer takes all there is at once. */
import { Deferred, Effect, Queue } from "effect";
import type { Calls, Contender, Transfer } from "../contender.ts";

interface Request {
  readonly n: number;
  readonly reply: Deferred.Deferred<number>;
}

export const effectQueue: Contender = {
  name: "Effect Queue",
  form: "offerUnsafe or offer / takeAll",

  transfer(task: Transfer): Promise<number> {
    return Effect.runPromise(
      Effect.gen(function* () {
        const queue = yield* create<number>(task.capacity);
        const produce = (first: number) =>
          Effect.gen(function* () {
            for (let n = first; n <= task.items; n += task.producers) {
              if (!Queue.offerUnsafe(queue, n)) yield* Queue.offer(queue, n);
            }
          });
        const consume = Effect.gen(function* () {
          let sum = 0;
          for (let left = task.items; left > 0; ) {
            const items = yield* Queue.takeAll(queue);
            for (const n of items) sum += n;
            left -= items.length;
          }
          return sum;
        });
        const producers = Array.from({ length: task.producers }, (_, index) => produce(index + 1));
        const [sum] = yield* Effect.all([consume, ...producers], { concurrency: "unbounded" });
        return sum;
      }),
    );
  },

  call(task: Calls): Promise<number> {
    return Effect.runPromise(
      Effect.gen(function* () {
        const queue = yield* create<Request>(1024);
        let sum = 0;
        const caller = (first: number) =>
          Effect.gen(function* () {
            for (let n = first; n <= task.calls; n += task.callers) {
              const request = { n, reply: Deferred.makeUnsafe<number>() };
              if (!Queue.offerUnsafe(queue, request)) yield* Queue.offer(queue, request);
              const reply = yield* Deferred.await(request.reply);
              sum += reply;
            }
          });
        const consume = Effect.gen(function* () {
          for (let left = task.calls; left > 0; ) {
            const requests = yield* Queue.takeAll(queue);
            for (const { n, reply } of requests) Deferred.doneUnsafe(reply, Effect.succeed(n));
            left -= requests.length;
          }
        });
        const callers = Array.from({ length: task.callers }, (_, index) => caller(index + 1));
        yield* Effect.all([consume, ...callers], { concurrency: "unbounded" });
        return sum;
      }),
    );
  },
};

function create<T>(capacity: number): Effect.Effect<Queue.Queue<T>> {
  return capacity === Number.POSITIVE_INFINITY ? Queue.unbounded<T>() : Queue.bounded<T>(capacity);
}
