/** Where the page is. It stands in the address after the `#`, so that links, bookmarks and the way back work. */
export type Route =
  | { readonly page: "jobs"; readonly query: string }
  | { readonly page: "job"; readonly jobId: string }
  | { readonly page: "channel" };

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = split(hash.replace(/^#\/?/, ""), "?");
  const [page = "", rest = ""] = split(path, "/");
  if (page === "channel") return { page: "channel" };
  const jobId = page === "jobs" ? decoded(rest) : "";
  return jobId === "" ? { page: "jobs", query } : { page: "job", jobId };
}

export function jobAddress(jobId: string): string {
  return `#/jobs/${encodeURIComponent(jobId)}`;
}

function split(text: string, at: string): readonly [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Somebody wrote it by hand; it is the id then.
  }
}
