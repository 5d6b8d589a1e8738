import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextTurn } from "../../src/async/next-turn.ts";
import { HistoryGoneError } from "../../src/engine/engine.ts";
import { ChangeHistory } from "../../src/engine/local/change-history.ts";
import type { Change } from "../../src/job/job.ts";
import { collectGarbage } from "../collect-garbage.ts";

/** Changes with consecutive revisions. */
function changes(from: number, count: number): Change[] {
  return Array.from({ length: count }, (_, index) => ({ revision: from + index }) as Change);
}

const revisions = (page: readonly Change[]) => page.map(({ revision }) => revision);

describe("ChangeHistory", () => {
  it("keeps its size of the last changes, and all of the last two batches, whatever they are", () => {
    const batches = fc.array(fc.nat(40), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(30), batches, (size, before, batches) => {
        const all = changes(1, before);
        const history = new ChangeHistory(size, all);
        let last = before;
        let kept = all.length;
        for (const count of batches) {
          const batch = changes(all.length + 1, count);
          all.push(...batch);
          history.add(batch);
          if (count > 0) {
            kept = Math.min(kept + count, Math.max(size, last + count));
            last = count;
          }
          expect(history.revision).toBe(all.length);
          expect(history.oldestCursor).toBe(all.length - kept);
          expect(revisions(history.page(history.oldestCursor, all.length + 1))).toEqual(
            revisions(all.slice(all.length - kept)),
          );
        }
      }),
    );
  });

  it("gives no more than is asked for, and nothing where there is nothing yet", () => {
    const history = new ChangeHistory(10, changes(1, 8));
    expect(revisions(history.page(2, 3))).toEqual([3, 4, 5]);
    expect(history.page(8, 3)).toEqual([]);
  });

  it("goes on from where an earlier life ended", () => {
    const history = new ChangeHistory(3, changes(101, 3));
    history.add(changes(104, 1));
    expect(revisions(history.page(100, 10))).toEqual([101, 102, 103, 104]);
    expect(() => history.page(99, 10)).toThrow(HistoryGoneError);
    expect(() => history.page(105, 10)).toThrow(HistoryGoneError);
  });

  it("lets go of a batch beyond its size once two have followed it", async () => {
    const history = new ChangeHistory(10);
    const large = changes(1, 1000);
    const oneOfThem = new WeakRef(large[500] as Change);
    history.add(large.splice(0));
    await nextTurn();
    collectGarbage();
    expect(oneOfThem.deref()).toBeDefined();
    await nextTurn();
    history.add(changes(1001, 1));
    history.add(changes(1002, 1));
    collectGarbage();
    expect(oneOfThem.deref()).toBeUndefined();
    expect(revisions(history.page(history.oldestCursor, 100))).toEqual(
      Array.from({ length: 10 }, (_, index) => 993 + index),
    );
  });
});
