import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobContext } from "jobcontrol";
import jpeg from "jpeg-js";
import { photos } from "./folders.ts";

/** Draws `input.count` landscapes of 1200 by 800 pixels, each with another sun. */
export async function run({ input, signal, progress }: JobContext) {
  const { count = 12 } = input;
  if (typeof count !== "number" || !(count >= 1 && count <= 1000))
    throw new RangeError("input.count is no number from 1 to 1000");
  await mkdir(photos, { recursive: true });
  for (let number = 1; number <= count; number++) {
    signal.throwIfAborted();
    const { data } = jpeg.encode({ width, height, data: landscape(number / count) }, 85);
    await writeFile(join(photos, `photo-${String(number).padStart(4, "0")}.jpg`), data);
    progress({ current: number, total: count, unit: "photos" });
  }
  return { photos: count };
}

const width = 1200;
const height = 800;

/** `hour`: from 0, before the sun rises, to 1, when it has set. */
function landscape(hour: number): Uint8Array {
  const pixels = new Uint8Array(width * height * 4);
  const sun = { x: hour * width, y: height * (0.9 - 0.7 * Math.sin(hour * Math.PI)) };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const hill = height * (0.75 + 0.08 * Math.sin(x / 130) + 0.03 * Math.sin(x / 31));
      const glow = Math.exp(-Math.hypot(x - sun.x, y - sun.y) / 160);
      const grain = ((x * 7919 + y * 104_729) % 17) - 8;
      const color =
        y > hill ? [40 + 60 * glow, 90 + 50 * glow, 40] : [90 + 165 * glow, 140 + 90 * glow, 220 - 60 * glow];
      pixels.set(
        [...color.map((value) => Math.min(255, Math.max(0, value + grain))), 255],
        (y * width + x) * 4,
      );
    }
  }
  return pixels;
}
