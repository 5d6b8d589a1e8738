import { expect, it } from "vitest";
import { Outage } from "../../../src/control/consumer/outage.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";

it("holds back what has happened until half a second after the commit that failed, and is over when one succeeds", async () => {
  const clock = new FakeClock();
  const outage = new Outage(clock);
  expect(outage).toMatchObject({ isOn: false, holdsBack: false, retryInMs: 0 });
  outage.failed();
  await clock.advance(499);
  expect(outage).toMatchObject({ isOn: true, holdsBack: true, retryInMs: 1 });
  await clock.advance(1);
  expect(outage).toMatchObject({ isOn: true, holdsBack: false, retryInMs: 0 });
  outage.end();
  expect(outage.isOn).toBe(false);
});

it("is tried at its time, however many commits fail before that", async () => {
  const clock = new FakeClock();
  const outage = new Outage(clock);
  outage.failed();
  await clock.advance(400);
  outage.failed();
  expect(outage.retryInMs).toBe(100);
  await clock.advance(100);
  outage.failed();
  expect(outage.retryInMs).toBe(500);
});
