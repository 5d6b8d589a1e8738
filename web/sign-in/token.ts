import type { Interceptor } from "@connectrpc/connect";

/**
 * The token with which this page calls. It stays in this tab: the browser keeps it while that is open, for this origin alone,
 * and it is in no address.
 */
const kept = "token";

export function tokenOf(): string {
  return sessionStorage.getItem(kept) ?? "";
}

/** What cannot be in a token, such as the line break of a copy, is left out. */
export function keepToken(typed: string): void {
  sessionStorage.setItem(kept, typed.replace(/[^!-~]/g, ""));
}

/** Shows it with every call, if there is one. */
export const showToken: Interceptor = (next) => (request) => {
  const token = tokenOf();
  if (token !== "") request.header.set("Authorization", `Bearer ${token}`);
  return next(request);
};
