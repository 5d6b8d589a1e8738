import { describe, expect, it } from "vitest";
import { mapStream } from "../../src/rpc/map-stream.ts";

const doubled = { each: (value: number) => value * 2, error: (reason: unknown) => `wrapped ${reason}` };

async function collect(stream: AsyncIterable<number>): Promise<number[]> {
  const values = [];
  for await (const value of stream) values.push(value);
  return values;
}

describe("mapStream()", () => {
  it("maps each value, and begins only when it is iterated", async () => {
    let begun = false;
    const stream = mapStream(
      (async function* () {
        begun = true;
        yield* [1, 2, 3];
      })(),
      doubled,
    );
    expect(begun).toBe(false);
    expect(await collect(stream)).toEqual([2, 4, 6]);
  });

  it("maps the error that ends it", async () => {
    const stream = mapStream(
      (async function* () {
        yield 1;
        throw "fault";
      })(),
      doubled,
    );
    await expect(collect(stream)).rejects.toBe("wrapped fault");
  });

  it("leaves its source when the loop is left, or a value cannot be mapped", async () => {
    let left = 0;
    async function* source() {
      try {
        yield* [1, 2, 3];
      } finally {
        left++;
      }
    }
    for await (const value of mapStream(source(), doubled)) {
      expect(value).toBe(2);
      break;
    }
    expect(left).toBe(1);
    const each = () => {
      throw "unmappable";
    };
    await expect(collect(mapStream(source(), { ...doubled, each }))).rejects.toBe("wrapped unmappable");
    expect(left).toBe(2);
  });
});
