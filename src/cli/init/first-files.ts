/** What `jobctl init` writes: a configuration that says what else it could say, and the module of a first job. */

export type Format = "ts" | "yaml";

export interface Paths {
  /** The job's module, as the configuration names it. */
  readonly module: string;
  /** The schema by which an editor knows what YAML may say; unset where there is none. */
  readonly schema?: string | undefined;
}

export function firstConfiguration(format: Format, { module, schema }: Paths): string {
  if (format === "ts") return typescript(module);
  return schema === undefined ? yaml(module) : `# yaml-language-server: $schema=${schema}\n\n${yaml(module)}`;
}

/** Only types are imported, so that it runs wherever `jobctl` does. */
export const firstJob = `import type { JobContext } from "jobcontrol";

/** Counts to ten, tells how far it is, and ends when it is stopped. */
export async function run({ input, log, progress, sleep }: JobContext) {
  const { name = "world" } = input;
  for (let current = 1; current <= 10; current++) {
    await sleep(500); // rejects when the job is stopped, and the run ends there
    progress({ current, total: 10, unit: "steps" });
  }
  log(\`Said hello to \${name}\`); // jobctl logs hello
  return { greeting: \`Hello \${name}\` }; // the job's result
}
`;

function typescript(module: string): string {
  return `import type { Config } from "jobcontrol";

export default {
  // Where the service listens. Only this machine can reach it.
  // listen: "127.0.0.1:50051",

  // Where jobs are kept; "memory:" forgets them when the service ends.
  // store: "sqlite:./jobcontrol.db",

  // How many commands are applied a second, and how many at once after a quiet time.
  // rate: { perSecond: 1000, burst: 1000 },

  // How many commands may wait for that, and what becomes of one more: it waits, too, or "drop-write" refuses it.
  // channel: { capacity: 100, fullMode: "wait" },

  // How long the service may take to end in order, with its runs.
  // drain: { timeout: "30s" },

  // What callers can start. Each type is also a job of its own name.
  types: {
    // A function in the service itself: it may wait, but it should not hold the CPU. For work that does: thread.
    hello: {
      function: "${module}",
      // When it runs by itself, once it was started; or { cron: "0 2 * * *", timeZone: "Europe/Madrid" }
      // schedule: { interval: "5m" },
      // How long a run may take, and what follows one that fails.
      // timeout: "1m",
      // retry: { maxAttempts: 3, initialInterval: "1s" },
      // breaker: { failures: 5, halfOpenAfter: "30s" },
      // How many runs of this type there may be at once; more jobs wait their turn.
      // concurrency: 4,
      // How long a run may take to end when it is stopped.
      stopGrace: "5s",
    },

    // A program. No shell reads the command, and no caller can change it.
    // "disk-report": { process: { command: ["du", "-sk", "."] } },
  },
} satisfies Config;
`;
}

function yaml(module: string): string {
  return `# Where the service listens. Only this machine can reach it.
# listen: 127.0.0.1:50051

# Where jobs are kept; "memory:" forgets them when the service ends.
# store: sqlite:./jobcontrol.db

# How many commands are applied a second, and how many at once after a quiet time.
# rate: { perSecond: 1000, burst: 1000 }

# How many commands may wait for that, and what becomes of one more: it waits, too, or drop-write refuses it.
# channel: { capacity: 100, fullMode: wait }

# How long the service may take to end in order, with its runs.
# drain: { timeout: 30s }

# What callers can start. Each type is also a job of its own name.
types:
  # A function in the service itself: it may wait, but it should not hold the CPU. For work that does: thread.
  hello:
    function: ${module}
    # When it runs by itself, once it was started; or { cron: "0 2 * * *", timeZone: Europe/Madrid }
    # schedule: { interval: 5m }
    # How long a run may take, and what follows one that fails.
    # timeout: 1m
    # retry: { maxAttempts: 3, initialInterval: 1s }
    # breaker: { failures: 5, halfOpenAfter: 30s }
    # How many runs of this type there may be at once; more jobs wait their turn.
    # concurrency: 4
    # How long a run may take to end when it is stopped.
    stopGrace: 5s

  # A program. No shell reads the command, and no caller can change it.
  # disk-report: { process: { command: [du, -sk, .] } }
`;
}
