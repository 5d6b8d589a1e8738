import { Cron } from "croner";
import { describe, expect, it, vi } from "vitest";
import { cronFault, cronTimes } from "../../src/calendar/cron-times.ts";
import type { CronSchedule } from "../../src/job/schedule.ts";

function at(expression: string, timeZone = "UTC"): CronSchedule {
  return { kind: "cron", expression, timeZone, overlap: "skip", catchUpMs: 0 };
}

/** The next so many times after a moment, as ISO 8601 in UTC, to the second. */
function times(schedule: CronSchedule, from: string, count: number): string[] {
  const found: string[] = [];
  let timeMs: number | undefined = Date.parse(from);
  while (found.length < count) {
    timeMs = cronTimes.after(schedule, timeMs);
    if (timeMs === undefined) break;
    found.push(new Date(timeMs).toISOString().replace(".000Z", "Z"));
  }
  return found;
}

describe("the times of a cron expression", () => {
  it.each<[expression: string, from: string, ...times: string[]]>([
    ["*/15 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"],
    ["*/20 * * * * *", "2026-01-01T00:00:00.500Z", "2026-01-01T00:00:20Z", "2026-01-01T00:00:40Z"],
    ["0 9 * * 1-5", "2026-01-02T10:00:00Z", "2026-01-05T09:00:00Z", "2026-01-06T09:00:00Z"],
    ["0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"],
    ["0 0 L * *", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"],
    ["0 0 1 1 *", "2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"],
    ["@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"],
  ])("%s", (expression, from, ...expected) => {
    expect(times(at(expression), from, expected.length)).toEqual(expected);
  });

  // Of tzdata: clocks go forward at 01:00 UTC on 2026-03-29 in Europe, at 07:00 UTC on 2026-03-08 in New York; back at
  // 01:00 UTC on 2026-10-25, and at 06:00 UTC on 2026-11-01.
  it.each<[what: string, expression: string, timeZone: string, from: string, ...times: string[]]>([
    [
      "a time that is left out comes right after",
      ...(["30 2 * * *", "Europe/Madrid", "2026-03-28T00:00:00Z"] as const),
      ...["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
    ],
    [
      "and the same in New York",
      ...(["30 2 * * *", "America/New_York", "2026-03-07T00:00:00Z"] as const),
      ...["2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"],
    ],
    [
      "every half hour goes on in spring",
      ...(["*/30 * * * *", "Europe/Madrid", "2026-03-29T00:15:00Z"] as const),
      ...["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"],
    ],
    [
      "an hour of the day that comes twice counts once",
      ...(["30 2 * * *", "Europe/Madrid", "2026-10-24T12:00:00Z"] as const),
      ...["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    ],
    [
      "and the same in New York",
      ...(["30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z"] as const),
      ...["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
    ],
    [
      "the same holds for each of several hours, in spring",
      ...(["30 2,14 * * *", "Europe/Madrid", "2026-03-28T12:00:00Z"] as const),
      ...["2026-03-28T13:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T12:30:00Z"],
    ],
    [
      "and in autumn",
      ...(["30 1-3 * * *", "Europe/Madrid", "2026-10-24T12:00:00Z"] as const),
      ...["2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z"],
    ],
    [
      "every half hour goes on in autumn, through both hours",
      ...(["*/30 * * * *", "Europe/Madrid", "2026-10-24T23:45:00Z"] as const),
      ...["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"],
    ],
    [
      "a zone of three quarters of an hour, without clock changes",
      ...(["0 6 * * *", "Asia/Kathmandu", "2026-01-01T00:00:00Z"] as const),
      ...["2026-01-01T00:15:00Z", "2026-01-02T00:15:00Z"],
    ],
  ])("%s: %s in %s", (_, expression, timeZone, from, ...expected) => {
    expect(times(at(expression, timeZone), from, expected.length)).toEqual(expected);
  });

  it("end where there are no more", () => {
    expect(cronTimes.after(at("0 0 0 1 1 * 2020"), Date.UTC(2026, 0, 1))).toBeUndefined();
  });

  it("are looked for once, however many jobs count those that passed while their server was down", () => {
    const nextRun = vi.spyOn(Cron.prototype, "nextRun");
    const [first, second] = [1, 2].map(() => times(at("*/2 * * * *"), "2026-01-01T00:00:00Z", 1000));
    expect(second).toEqual(first);
    expect(nextRun).toHaveBeenCalledTimes(1000);
    nextRun.mockRestore();
  });

  it("are looked for once, however many expressions there are", () => {
    const nextRun = vi.spyOn(Cron.prototype, "nextRun");
    const previousRuns = vi.spyOn(Cron.prototype, "previousRuns");
    const daily = Array.from({ length: 500 }, (_, minute) =>
      at(`${minute % 60} ${Math.floor(minute / 60)} * * 2`),
    );
    for (let round = 0; round < 2; round++) {
      for (const schedule of daily) {
        cronTimes.after(schedule, Date.UTC(2026, 0, 1));
        cronTimes.upTo(schedule, Date.UTC(2026, 0, 1));
      }
    }
    expect(nextRun).toHaveBeenCalledTimes(500);
    expect(previousRuns).toHaveBeenCalledTimes(500);
    nextRun.mockRestore();
    previousRuns.mockRestore();
  });

  it("are found backwards too, up to just now", () => {
    const daily = at("0 2 * * *");
    const two = Date.UTC(2026, 0, 2, 2);
    expect(cronTimes.upTo(daily, two)).toBe(two);
    expect(cronTimes.upTo(daily, two - 1)).toBe(two - 86_400_000);
    expect(cronTimes.upTo(daily, two + 999)).toBe(two);
  });
});

describe("cronFault()", () => {
  it.each([
    ["0 0 1 1 * * 2030", "UTC", "cron"],
    ["", "UTC", "cron"],
    ["* * * *", "UTC", "cron"],
    ["61 * * * *", "UTC", "cron"],
    ["0 0 30 2 *", "UTC", "cron"],
    ["@sometimes", "UTC", "cron"],
    [`${"1,".repeat(500)}1 * * * *`, "UTC", "cron"],
    ["2030-01-01T00:00:00", "UTC", "cron"],
    ["0 2 * * *", "", "timeZone"],
    ["0 2 * * *", "Mars/Base", "timeZone"],
  ])("finds what is wrong with %j in %j", (expression, timeZone, field) => {
    expect(cronFault({ expression, timeZone })).toMatchObject({ field });
  });

  it.each(["0 2 * * *", "*/5 * * * * *", "@hourly", " 0  2 * * mon "])("takes %j", (expression) => {
    expect(cronFault({ expression, timeZone: "Europe/Madrid" })).toBeUndefined();
  });
});
