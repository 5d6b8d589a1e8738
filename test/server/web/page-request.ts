import type { PageRequest } from "../../../src/server/web/routes.ts";

/** GET of a page by somebody who shows nothing of who it is. */
export function pageRequest(path: string, over: Partial<PageRequest> = {}): PageRequest {
  const credentials = { authorization: undefined, certificateNames: [], address: "127.0.0.1:1" };
  return { path, query: new URLSearchParams(), headers: {}, credentials, ...over };
}
