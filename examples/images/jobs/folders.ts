import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the pictures are: in the folder of the example, unless `IMAGES` names another. */
const { IMAGES: images = fileURLToPath(new URL("../images/", import.meta.url)) } = process.env;

export const photos = join(images, "photos");
export const thumbnails = join(images, "thumbnails");
