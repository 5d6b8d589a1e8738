import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobContext } from "jobcontrol";
import jpeg from "jpeg-js";
import { photos, thumbnails } from "./folders.ts";
import { shrunk } from "./picture.ts";

/**
 * Makes a picture of `input.width` pixels of each photo. A picture is worked on without a pause, so no event of a stop would
 * come through; a look at the signal after each row finds it.
 */
export async function run({ input, signal, progress, log }: JobContext) {
  const { width = 240 } = input;
  if (typeof width !== "number" || !Number.isInteger(width) || width < 1 || width > 1200)
    throw new RangeError("input.width is no whole number from 1 to 1200");
  const files = (await readdir(photos).catch(() => [])).filter((name) => name.endsWith(".jpg"));
  if (files.length === 0) throw new Error("There are no photos: start the job photos first");
  const folder = join(thumbnails, String(width));
  await mkdir(folder, { recursive: true });
  let bytes = 0;
  for (const [index, name] of files.entries()) {
    const photo = jpeg.decode(await readFile(join(photos, name)), { useTArray: true });
    const { data } = jpeg.encode(
      shrunk(photo, width, () => signal.throwIfAborted()),
      80,
    );
    await writeFile(join(folder, name), data);
    bytes += data.length;
    log(`${name}: ${photo.width} × ${photo.height} to ${width}, ${data.length} bytes`);
    progress({ current: index + 1, total: files.length, unit: "images", message: name });
  }
  return { images: files.length, width, bytes };
}
