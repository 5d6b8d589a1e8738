import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { CommandDialogs } from "./commands/command-dialogs.tsx";
import { Receipts } from "./commands/receipts.tsx";
import { JobPage } from "./job/job-page.tsx";
import { JobsPage } from "./jobs/jobs-page.tsx";
import { Banner } from "./parts/banner.tsx";
import { Header } from "./parts/header.tsx";
import { route } from "./route.ts";

/** The frame of the page, and in it what the address asks for. */
export function App() {
  const now = route.value;
  const title = now.page === "job" ? now.jobId : now.page;
  useEffect(() => {
    document.title = `${title} · jobcontrol`;
  }, [title]);
  return (
    <>
      <Header page={now.page} />
      <Banner />
      {/* What scrolls is reached by keyboard; the list of jobs scrolls by itself. */}
      <main class={`main-${now.page}`} tabIndex={now.page === "jobs" ? undefined : 0}>
        {now.page === "jobs" && <JobsPage query={now.query} />}
        {now.page === "job" && <JobPage key={now.jobId} jobId={now.jobId} />}
        {now.page === "channel" && <Channel />}
      </main>
      <Receipts />
      <CommandDialogs />
    </>
  );
}

const channelPage = signal<ComponentType | undefined>(undefined);

/** Its charts are a third of all code, and most readers never look at them. */
function Channel() {
  useEffect(() => {
    void import("./channel/channel-page.tsx").then(({ ChannelPage }) => {
      channelPage.value = ChannelPage;
    });
  }, []);
  const Loaded = channelPage.value;
  return Loaded === undefined ? <p class="empty">Reading the figures…</p> : <Loaded />;
}
