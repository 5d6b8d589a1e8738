import { describe, expect, it } from "vitest";
import { newCommandId } from "../../src/control/command-id.ts";

describe("newCommandId()", () => {
  it("makes a UUID of version 7, with the time in it", () => {
    const nowMs = Date.UTC(2026, 0, 1);
    const id = newCommandId(nowMs);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(nowMs);
  });

  it("makes another one each time, and later ones sort after earlier ones", () => {
    const ids = [1, 2, 70_000, 2 ** 33, 2 ** 41].map((nowMs) => newCommandId(nowMs));
    expect(ids.toSorted()).toEqual(ids);
    expect(newCommandId(5)).not.toBe(newCommandId(5));
  });
});
