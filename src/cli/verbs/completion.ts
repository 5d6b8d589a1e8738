import type { Command } from "commander";
import { JobState } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { JobControlClient } from "../../client/client.ts";
import { type Candidate, candidates, type Sources } from "../completion/candidates.ts";
import { type Shell, scripts } from "../completion/scripts.ts";
import { stateName } from "../output/describe-job.ts";
import { jsonText } from "../output/json-text.ts";
import { plain } from "../output/style.ts";
import { defaultAddress, defaultContext, type ServerOptions, serverOf } from "../server/server.ts";

/** Prints the script that makes a shell complete what is typed after `jobctl`; as JSON for who puts it in its place by a program. */
export function completion(shell: Shell, { json = false }: CompletionOptions): void {
  const script = scripts[shell];
  process.stdout.write(json ? `${jsonText({ shell, script }, 2)}\n` : script);
}

export interface CompletionOptions {
  readonly json?: boolean;
}

/** For those scripts: the words that can come next, a line each. Never fails: where nothing can be known, it says nothing. */
export async function complete(jobctl: Command, words: readonly string[]): Promise<void> {
  const found = await candidates(jobctl, words, sources).catch(() => []);
  if (found === "files") process.stdout.write(":files\n");
  else for (const { word, meaning } of found) process.stdout.write(`${word}\t${plain(meaning)}\n`);
}

const sources: Sources = {
  jobs: (server) =>
    asked(server, async ({ jobs }) => {
      const page = await jobs.listJobs({ pageSize: 1000 });
      return page.jobs.map(({ jobId, state }) => ({ word: jobId, meaning: stateName(state) }));
    }),
  types: (server) =>
    asked(server, async ({ admin }) => {
      const { stats } = await admin.getChannelStats({});
      return (stats?.jobTypes ?? []).map(({ jobType }) => ({ word: jobType, meaning: "" }));
    }),
  async contexts() {
    const { readContexts } = await import("../server/contexts-file.ts");
    const known = [...readContexts().contexts].map(([name, { address }]) => ({
      word: name,
      meaning: address,
    }));
    return [{ word: defaultContext, meaning: defaultAddress }, ...known];
  },
  async states() {
    const known = Object.values(JobState).filter((state) => state !== JobState.UNSPECIFIED);
    return known.map((state) => ({ word: stateName(state), meaning: "" }));
  },
};

/** Asks the service that the line means, for no longer than a person waits after Tab. */
async function asked(
  options: ServerOptions,
  question: (client: JobControlClient) => Promise<readonly Candidate[]>,
): Promise<readonly Candidate[]> {
  // What is typed next is not a token.
  if (options.tokenFile === "-") return [];
  const server = await serverOf(options);
  // Only here: most of what is completed needs no service.
  const { connect } = await import("../server/connect.ts");
  const client = connect(server, 1000);
  try {
    return await question(client);
  } finally {
    client[Symbol.dispose]();
  }
}
