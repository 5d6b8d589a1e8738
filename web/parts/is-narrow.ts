import { signal } from "@preact/signals";

/** As on a phone: the same width as in style/jobs.css. */
const narrow = matchMedia("(max-width: 760px)");

export const isNarrow = signal(narrow.matches);

narrow.addEventListener("change", () => {
  isNarrow.value = narrow.matches;
});
