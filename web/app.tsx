import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { Route } from "./address.ts";
import { CommandDialogs } from "./commands/command-dialogs.tsx";
import { Receipts } from "./commands/receipts.tsx";
import { JobPage } from "./job/job-page.tsx";
import { JobsPage } from "./jobs/jobs-page.tsx";
import { connection } from "./live.ts";
import { Banner } from "./parts/banner.tsx";
import { Header } from "./parts/header.tsx";
import { route } from "./route.ts";
import { refusalOf, SignIn } from "./sign-in/sign-in.tsx";

/** The frame of the page, and in it what the address asks for. */
export function App() {
  const now = route.value;
  const refusal = refusalOf(connection.value);
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
        {refusal !== undefined && <SignIn refusal={refusal} />}
        {refusal === undefined && <Page route={now} />}
      </main>
      <Receipts />
      <CommandDialogs />
    </>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "jobs":
      return <JobsPage query={route.query} />;
    case "job":
      return <JobPage key={route.jobId} jobId={route.jobId} />;
    case "channel":
      return <Channel />;
  }
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
