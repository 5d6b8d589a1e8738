import { describe, expect, it } from "vitest";
import { emptyBatch, type StoredBatch } from "../../../src/engine/local/job-store.ts";
import { encodeBatch } from "../../../src/engine/local/sqlite/row-codec.ts";
import { StoredContent } from "../../../src/engine/local/sqlite/stored-content.ts";
import { change, changed, jobOf, receiptOf, startOf } from "../job-store-suite.ts";

const accepting: StoredBatch = { ...emptyBatch, accepted: [{ command: startOf("a"), acceptTimeMs: 0 }] };
const settling = receiptOf("a", "applied");
const removing: StoredBatch = { ...emptyBatch, changes: [change(2, "removed")] };

/** What is known after these batches got into the file. */
function contentAfter(...batches: readonly StoredBatch[]): StoredContent {
  const content = new StoredContent();
  for (const batch of batches) content.add(batch);
  return content;
}

/** Batches that were on their way and did not get there. */
function fail(content: StoredContent, ...batches: readonly StoredBatch[]): void {
  const failed = batches.map((batch) => {
    const { settled } = encodeBatch(batch, content, { nowMs: 0, history: 100 });
    content.add(batch);
    return { batch, settled };
  });
  content.doubt(failed);
}

describe("StoredContent.doubt()", () => {
  it("knows nothing of a command that never was in the file", () => {
    const content = contentAfter();
    fail(content, settling);
    expect(content.hasPending("a")).toBe(false);
    fail(content, accepting);
    expect(content.hasPending("a")).toBe(false);
    fail(content, accepting, settling);
    expect(content.hasPending("a")).toBe(false);
  });

  it("knows that a command is still pending of which the answer did not get into the file", () => {
    const content = contentAfter(accepting);
    fail(content, settling);
    expect(content.hasPending("a")).toBe(true);
    content.add(settling);
    expect(content.hasPending("a")).toBe(false);
  });

  it("takes nothing for written of a job that the batch was about, until it is written again, or gone", () => {
    const content = contentAfter(changed(1));
    expect(content.hasData(jobOf(2))).toBe(true);
    fail(content, changed(2));
    expect(content.hasData(jobOf(2))).toBe(false);
    content.add(changed(2));
    expect(content.hasData(jobOf(2))).toBe(true);
    fail(content, removing);
    expect(content.hasData(jobOf(2))).toBe(false);
    content.add(removing);
    expect(content.hasData(jobOf(2))).toBe(true);
  });
});
