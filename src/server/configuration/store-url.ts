import { resolve } from "node:path";
import type { StoreConfiguration } from "./configuration.ts";

/** Where jobs are kept, as text: `memory:`, or `sqlite:` and a file. */
export type StoreUrl = "memory:" | `sqlite:${string}`;

export function isStoreUrl(input: unknown): input is StoreUrl {
  return input === "memory:" || (typeof input === "string" && /^sqlite:[^\0]+$/.test(input));
}

/** A relative file is taken from the folder. */
export function storeOf(url: StoreUrl, folder: string): StoreConfiguration {
  return url === "memory:" ? url : { file: resolve(folder, url.slice("sqlite:".length)) };
}
