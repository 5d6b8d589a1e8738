import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { ServingStatus } from "../../src/rpc/serving-status.ts";

describe("ServingStatus", () => {
  it("knows the services and the server, and none serves at first", () => {
    const serving = new ServingStatus(["a.B"]);
    expect([...serving.all]).toEqual([
      ["", "not-serving"],
      ["a.B", "not-serving"],
    ]);
    expect(serving.get("c.D")).toBeUndefined();
  });

  it("stays as it is once it has ended", () => {
    const serving = new ServingStatus([]);
    serving.set("serving");
    serving.end();
    serving.set("serving");
    expect(serving.get("")).toBe("not-serving");
    expect(serving.ended).toBe(true);
  });
});

describe("ServingStatus.changed()", () => {
  it("waits for the next change", async () => {
    const serving = new ServingStatus([]);
    const { revision } = serving;
    const changed = serving.changed(revision).then(() => serving.get(""));
    serving.set("serving");
    await expect(changed).resolves.toBe("serving");
  });

  it("returns at once where the change has been", async () => {
    const serving = new ServingStatus([]);
    const { revision } = serving;
    serving.set("serving");
    await serving.changed(revision);
    expect(serving.revision).not.toBe(revision);
  });

  it("rejects with the signal's reason, even where the change has been, and leaves no listener", async () => {
    const serving = new ServingStatus([]);
    const abort = new AbortController();
    const waiting = serving.changed(serving.revision, { signal: abort.signal });
    abort.abort("enough");
    await expect(waiting).rejects.toBe("enough");
    await expect(serving.changed(-1, { signal: abort.signal })).rejects.toBe("enough");
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });

  it("leaves no listener when it resolves", async () => {
    const serving = new ServingStatus([]);
    const { signal } = new AbortController();
    const waiting = serving.changed(serving.revision, { signal });
    serving.set("serving");
    await waiting;
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
