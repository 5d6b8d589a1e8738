import type { Block } from "./documents.ts";
import { transcribed } from "./transcribed.ts";

/**
 * What becomes of the snippets that the rules of `every-snippet.test.ts` do not take care of, by document and the beginning of
 * the snippet. A new one has to be named here, or to be one that is run or checked by a rule.
 */
export type Fate =
  /** A test that runs it, or what it stands for. */
  | { readonly ranBy: string }
  /** TypeScript that is compiled, with this before it, which the reader has himself. */
  | { readonly after: string }
  /** It is no code: what it is instead. */
  | { readonly noCode: string }
  /** It is code, and not run: why. */
  | { readonly notRun: string };

type Fates = Readonly<Record<string, Readonly<Record<string, Fate>>>>;

const picture: Fate = { noCode: "a picture" };
const pipelines: Fate = { ranBy: "test/readme/pipelines.test.ts" };
const securing: Fate = { ranBy: "test/readme/securing.test.ts" };
const guides: Fate = { ranBy: "test/readme/guides.test.ts" };
const gate: Fate = { notRun: "it is how these tests are run" };

const fates: Fates = {
  "README.md": {
    " any gRPC client": picture,
    "npm ci\n": { notRun: "how a checkout begins; the transcripts are typed at the server that it serves" },
    "npm test": gate,
  },
  "CONTRIBUTING.md": { "npm ci": gate, "JOBCONTROL_STRESS=30": gate, "JOBCONTROL_STRESS=100": gate },
  "docs/architecture.md": { " any gRPC client": picture },
  "docs/cli.md": {
    "jobctl init": { noCode: "a synopsis; its options are looked for in the help of each verb" },
    "$ jobctl status": { ranBy: "test/cli/jobctl.test.ts" },
    "$ jobctl context set": { ranBy: "test/cli/contexts.test.ts" },
    "$ pass show": { ranBy: "test/cli/contexts.test.ts" },
  },
  "docs/back-pressure.md": { "# busy/": guides, "$ ": guides },
  "docs/client.md": {
    "createJobControlClient({": {
      after: `import { readFileSync } from "node:fs";
        import { createJobControlClient } from "jobcontrol/client";
        declare const vault: { read(name: string): Promise<string> };`,
    },
    "for await (const { kind": {
      after: `import { createJobControlClient } from "jobcontrol/client";
        const client = createJobControlClient({ address: "127.0.0.1:50051" });`,
    },
  },
  "docs/commands.md": { " your call": picture },
  "docs/configuration.md": {
    "# jobcontrol.config.yaml\nchanel": { ranBy: "test/readme/configuration.test.ts" },
    "$ npx jobctl serve --check": { ranBy: "test/readme/configuration.test.ts" },
  },
  "docs/errors.md": {
    "import { ConnectError }": {
      after: `import { createJobControlClient } from "jobcontrol/client";
        import { ErrorInfoSchema } from "jobcontrol/gen";
        const client = createJobControlClient({ address: "127.0.0.1:50051" }).jobs;
        declare function waitAndTryAgain(): Promise<void>;`,
    },
  },
  "docs/first-job.md": {
    "# hello/": guides,
    "$ ": guides,
    "# yaml-language-server": { noCode: "a line for editors" },
  },
  "docs/metrics.md": { "curl http": { ranBy: "test/server/metrics/metrics-page.test.ts" } },
  "docs/operating.md": {
    "$ npx jobctl stats": {
      noCode: "what a busy server tells; its figures are tested in test/cli/operating.test.ts",
    },
    "$ npx jobctl limits": { ranBy: "test/cli/operating.test.ts" },
    "$ npx jobctl drain": { ranBy: "test/cli/operating.test.ts" },
  },
  "docs/other-languages.md": {
    "pip install": { notRun: "the test of the Python below makes the same code with Debian's protoc" },
    "import grpc": { ranBy: "test/interop/python.test.ts" },
  },
  "docs/output.md": { "$ npx jobctl logs": { ranBy: "test/cli/jobctl.test.ts" } },
  "docs/pipelines.md": {
    "import { pipeline }": pipelines,
    "const placed": pipelines,
    "async function* linesOf": pipelines,
    "try {": pipelines,
    "export async function run": pipelines,
    "import  running": { noCode: "what jobctl shows of such a job" },
    "await pipeline(events)": pipelines,
  },
  "docs/watching.md": {
    "SNAPSHOT a": picture,
    "import { readHistory": {
      after: `import type { WatchStatusResponse } from "jobcontrol/gen";
        import type { WatchRecording } from "jobcontrol/testing";
        declare const engine: Parameters<typeof readHistory>[0];
        declare const lastRevision: number;
        declare const responses: readonly WatchStatusResponse[];
        declare const request: WatchRecording["request"];
        declare const epoch: string;
        declare const ring: number;`,
    },
  },
  "docs/deployment.md": {
    "$ npm run build": {
      notRun: "it installs a service; test/deploy/systemd.test.ts holds the unit to what there is",
    },
    "$ docker build": {
      notRun: "there is no container engine; test/deploy/docker.test.ts holds the image to what there is",
    },
    "$ deploy/compose/make-tokens.sh": { ranBy: "test/deploy/compose.test.ts" },
    "$ kubectl create": {
      notRun: "there is no cluster; test/deploy/kubernetes.test.ts tries what the manifests say",
    },
  },
  "docs/securing.md": {
    "# jobcontrol.config.yaml": securing,
    "listen: 0.0.0.0:50051\ntls: terminated": securing,
    "tls: { cert": securing,
    scrape_configs: securing,
    "$ openssl rand": securing,
    "$ curl -s --cacert": { ranBy: "test/interop/secured.test.ts" },
  },
  "docs/tracing.md": {
    " caller's span": picture,
    "node --import ./tracing.ts": { ranBy: "test/readme/tracing.test.ts" },
  },
};

/** Undefined where the rule for its language takes care of it. */
export function fateOf({ document, text, language }: Block): Fate | undefined {
  const [, own] = Object.entries(fates[document] ?? {}).find(([start]) => text.startsWith(start)) ?? [];
  const [, example] = /^examples\/([\w-]+)\/README\.md$/.exec(document) ?? [];
  if (own !== undefined || example === undefined || transcribed.includes(document) || language !== "")
    return own;
  // What is shown is of one run on one machine; the example's test runs the same, and says what must come of it.
  return { ranBy: `test/examples/${example}.test.ts` };
}

/** Those of a document that no snippet of it begins with. */
export function staleFates(document: string, blocks: readonly Block[]): string[] {
  const starts = Object.keys(fates[document] ?? {});
  return starts.filter((start) => !blocks.some(({ text }) => text.startsWith(start)));
}
