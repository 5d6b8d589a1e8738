import type { Route } from "../address.ts";
import { askToStart } from "../commands/asked.ts";
import { connection } from "../live.ts";
import type { Connection } from "../watch/connection.ts";
import { ThemeSwitch } from "./theme.tsx";

export function Header({ page }: { readonly page: Route["page"] }) {
  const now = connection.value.kind;
  return (
    <header class="bar">
      <a class="brand" href="#/" aria-label="jobcontrol, all jobs">
        <img src="/assets/icon.svg" alt="" width="22" height="22" />
        <span>jobcontrol</span>
      </a>
      <nav aria-label="Pages">
        <a href="#/" aria-current={page === "channel" ? undefined : "page"}>
          Jobs
        </a>
        <a href="#/channel" aria-current={page === "channel" ? "page" : undefined}>
          Channel
        </a>
      </nav>
      <span class={`link link-${now}`}>
        <span class="link-dot" aria-hidden="true" />
        <span class="link-word">{words[now]}</span>
      </span>
      <ThemeSwitch />
      <button type="button" class="primary" onClick={() => askToStart()}>
        Start…
      </button>
    </header>
  );
}

const words: Readonly<Record<Connection["kind"], string>> = {
  resting: "Resting",
  connecting: "Connecting",
  live: "Live",
  waiting: "Cut off",
  over: "Ended",
};
