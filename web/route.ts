import { signal } from "@preact/signals";
import { type Route, readRoute } from "./address.ts";

/** Where the page is now. */
export const route = signal<Route>({ page: "jobs", query: "" });

/** The list as the reader saw it last: the way back from a job. */
export const jobsAddress = signal("#/");

export function followAddress(): void {
  read();
  addEventListener("hashchange", read);
}

/** Other jobs in the list. No step of the way back: nobody wants to go back letter by letter. */
export function changeQuery(query: string): void {
  history.replaceState(null, "", query === "" ? "#/" : `#/?${query}`);
  read();
}

function read(): void {
  route.value = readRoute(location.hash);
  if (route.value.page === "jobs") jobsAddress.value = location.hash || "#/";
}
