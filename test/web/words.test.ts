import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { ProgressSchema } from "../../gen/jobcontrol/v1/job_pb.ts";
import { ScheduleSchema } from "../../gen/jobcontrol/v1/schedule_pb.ts";
import { adviceOf, failureInWords, failureOf } from "../../web/words/failure.ts";
import { counted, grouped, rounded } from "../../web/words/numbers.ts";
import { plain } from "../../web/words/plain.ts";
import { progressInShort, progressInWords, shareDone } from "../../web/words/progress.ts";
import { scheduleInWords } from "../../web/words/schedule.ts";
import { ago, ahead, inWords } from "../../web/words/time.ts";

describe("plain()", () => {
  it("shows control characters and changes of direction, and lets none act", () => {
    expect(plain("\u001b[31mred\u0007 \u0000")).toBe("␛[31mred␇ ␀");
    expect(plain("user\u202egnp.exe \u2066x\u2069 \u200f")).toBe("user\ufffdgnp.exe \ufffdx\ufffd \ufffd");
    expect(plain("a\u200bb\ufeffc\u00add\u2028e")).toBe("a\ufffdb\ufffdc\ufffdd\ufffde");
    expect(plain("\ud800")).toBe("\ufffd");
  });

  it("leaves what scripts and emoji need, and line breaks where they are wanted", () => {
    expect(plain("می\u200cخواهم 👩\u200d💻 é")).toBe("می\u200cخواهم 👩\u200d💻 é");
    expect(plain("a\nb")).toBe("a␊b");
    expect(plain("a\n\tb", { keepLines: true })).toBe("a\n\tb");
  });

  it("cuts what is too long", () => {
    expect(plain("x".repeat(5000))).toHaveLength(2001);
    expect(plain("ab👍", { maxLength: 3 })).toBe("ab\ufffd…");
  });
});

describe("Times in words", () => {
  it.each([
    [-5, "0 ms"],
    [0, "0 ms"],
    [0.34, "0.3 ms"],
    [250.4, "250 ms"],
    [999.6, "1 s"],
    [4230, "4.2 s"],
    [42_000, "42 s"],
    [59_999, "1 m"],
    [185_000, "3 m 05 s"],
    [3_600_000, "1 h"],
    [8_040_000, "2 h 14 m"],
    [273_600_000, "3 d 4 h"],
  ])("%d ms is %s", (ms, words) => expect(inWords(ms)).toBe(words));

  it("counts down and up in whole seconds", () => {
    expect([ago(1000, 1900), ago(1000, 6900)]).toEqual(["just now", "5 s ago"]);
    expect([ahead(1900, 1000), ahead(6900, 1000)]).toEqual(["now", "in 5 s"]);
  });
});

describe("Numbers in words", () => {
  it("groups digits, and keeps those that count", () => {
    expect([grouped(1234567n), grouped(12)]).toEqual(["1,234,567", "12"]);
    expect([rounded(0.256), rounded(12.34), rounded(1234.5), rounded(3)]).toEqual([
      "0.26",
      "12.3",
      "1,235",
      "3",
    ]);
    expect([counted(1, "job"), counted(2000, "job")]).toEqual(["1 job", "2,000 jobs"]);
  });
});

describe("Progress in words", () => {
  it("has a share where the total is known, and never more than all", () => {
    const half = create(ProgressSchema, { current: 1240, total: 2480, unit: "files", stage: "hashing" });
    expect([shareDone(half), progressInShort(half)]).toEqual([0.5, "50 %"]);
    expect(progressInWords(half)).toBe("1,240 of 2,480 files · hashing");
    expect(shareDone(create(ProgressSchema, { current: 9, total: 3 }))).toBe(1);
    expect(progressInShort(create(ProgressSchema, { current: 1999, total: 2000 }))).toBe("99 %");
    expect(progressInShort(create(ProgressSchema, { current: 7 }))).toBe("7");
  });
});

describe("A schedule in words", () => {
  it("tells its times and its policies", () => {
    const interval = create(ScheduleSchema, { when: { case: "interval", value: { seconds: 5n } } });
    expect(scheduleInWords(interval)).toBe("every 5 s, left out while a run goes on");
    const cron = create(ScheduleSchema, {
      when: { case: "cron", value: "0 2 * * *" },
      timeZone: "Europe/Madrid",
      overlapPolicy: 2,
      jitter: { seconds: 60n },
      catchUpWindow: { seconds: 3600n },
    });
    expect(scheduleInWords(cron)).toBe(
      "cron 0 2 * * * (Europe/Madrid), one run waits while another goes on, up to 1 m later, made up for within 1 h",
    );
  });
});

describe("A failure in words", () => {
  const full = new ConnectError("The queue is full", Code.ResourceExhausted, undefined, [
    { desc: ErrorInfoSchema, value: { reason: "CHANNEL_FULL", domain: "jobcontrol" } },
    { desc: RetryInfoSchema, value: { retryDelay: { nanos: 300_000_000 } } },
  ]);

  it("tells that nothing was applied, and when another try has a chance", () => {
    const failure = failureOf(full);
    expect(failure).toMatchObject({ reason: "CHANNEL_FULL", retryAfterMs: 300 });
    expect(failureInWords(failure)).toBe("The command queue is full. Nothing was applied.");
    expect(adviceOf(failure)).toBe("Another try has a chance in 300 ms.");
  });

  it("leaves to the service what it says better itself", () => {
    const reason = { desc: ErrorInfoSchema, value: { reason: "JOB_NOT_FOUND" } };
    const failure = failureOf(new ConnectError("No such job: x", Code.NotFound, undefined, [reason]));
    expect(failureInWords(failure)).toBe("No such job: x");
  });

  it("does not claim to know what became of a command that nobody answered", () => {
    expect(failureInWords(failureOf(new ConnectError("x", Code.DeadlineExceeded)))).toContain("not known");
    expect(failureInWords(failureOf(new ConnectError("x", Code.Canceled)))).toContain("not known");
    expect(failureInWords(failureOf(new TypeError("Failed to fetch")))).toBe("The server cannot be reached.");
  });
});
