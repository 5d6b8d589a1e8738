import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../../src/job/job-status.ts";
import { mailboxBytes, ProgressMailbox } from "../../../src/runner/thread/progress-mailbox.ts";

function mailbox() {
  const memory = new SharedArrayBuffer(mailboxBytes);
  return { writer: new ProgressMailbox(memory, "writer"), reader: new ProgressMailbox(memory, "reader") };
}

function progress(current: number, text = ""): Progress {
  return { current, total: 10, unit: text, message: text, stage: text };
}

describe("ProgressMailbox", () => {
  it("is empty at first", () => {
    expect(mailbox().reader.read()).toBeUndefined();
  });

  it("gives the newest once, and says when its reader has to be told", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (isWrite) => {
        const { writer, reader } = mailbox();
        let newest: Progress | undefined;
        for (const [index, writes] of isWrite.entries()) {
          if (writes) {
            expect(writer.write(progress(index))).toBe(newest === undefined);
            newest = progress(index);
          } else {
            expect(reader.read()).toEqual(newest);
            newest = undefined;
          }
        }
      }),
    );
  });

  it("has room for the longest texts", () => {
    const { writer, reader } = mailbox();
    for (const letter of ["\\", '"', "é", "漢", "\u{1f600}"]) {
      const longest = progress(Number.MAX_VALUE, letter.repeat(256 / letter.length));
      writer.write(longest);
      expect(reader.read()).toEqual(longest);
    }
  });
});
