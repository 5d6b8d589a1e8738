import { describe, expect, it } from "vitest";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Harness } from "./core-harness.ts";
import { diskFull, FailingStore } from "./failing-store.ts";

/** As Node's: its timers fire up to a millisecond early, and time goes on between two looks. */
class RealisticClock extends FakeClock {
  readonly #earlyMs: number;
  #looks = 0;

  constructor(earlyMs: number) {
    super();
    this.#earlyMs = earlyMs;
  }

  override monotonic(): number {
    return super.monotonic() + this.#looks++ * 0.01;
  }

  override setTimer(delayMs: number, callback: () => void) {
    return super.setTimer(Math.max(0, delayMs - this.#earlyMs), callback);
  }
}

describe("a consumer that waits to write again", () => {
  it("does so whenever its timer fires, also just before the time", async () => {
    for (let hundredths = 1; hundredths < 60; hundredths++) {
      const clock = new RealisticClock(hundredths / 100);
      const store = new FailingStore();
      store.error = diskFull;
      await using harness = new Harness({ clock, store });
      let hasStarted = false;
      const started = harness.core.start().then(() => {
        hasStarted = true;
      });
      await harness.settle();
      store.error = undefined;
      await clock.advance(1000);
      expect({ hundredths, hasStarted }).toEqual({ hundredths, hasStarted: true });
      await started;
    }
  });

  it("does so also where a command waits for a token that will be long in coming", async () => {
    for (let hundredths = 1; hundredths < 60; hundredths++) {
      const clock = new RealisticClock(hundredths / 100);
      const store = new FailingStore();
      await using harness = await Harness.start({ clock, store, rate: { rate: 0.01, burst: 1 } });
      await harness.start("job");
      store.error = diskFull;
      harness.runner.of("job").succeed();
      await harness.settle();
      const waiting = harness.status("job").catch(() => {});
      await harness.settle();
      store.error = undefined;
      await clock.advance(2000);
      const { state } = (await harness.status("job", { consistency: "snapshot" })) ?? {};
      expect({ hundredths, state }).toEqual({ hundredths, state: "succeeded" });
      await harness[Symbol.asyncDispose]();
      await waiting;
    }
  });
});
