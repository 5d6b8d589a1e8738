import { invalidFields } from "../../job/errors.ts";

/** Where a list goes on: after or before the item of this id. Opaque to callers. */
export type PageDirection = "after" | "before";

export function encodePageToken(id: string, direction: PageDirection): string {
  return Buffer.from(`${direction}:${id}`).toString("base64url");
}

/** The id in a token; throws `INVALID_FIELD` for one that no list of this direction gave out. */
export function decodePageToken(token: string, direction: PageDirection): string {
  const text = Buffer.from(token, "base64url").toString();
  if (!text.startsWith(`${direction}:`)) {
    throw invalidFields([{ field: "page_token", description: "not a token that this service gave out" }]);
  }
  return text.slice(direction.length + 1);
}
