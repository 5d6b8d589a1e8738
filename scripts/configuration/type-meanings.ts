import type { Meaning } from "./meaning.ts";

/** What each setting of a job type means; a part of `meanings.ts`. */
export const typeMeanings: Readonly<Record<string, Meaning>> = {
  "types.*": {
    text: "a job type: what it does, in exactly one of `process`, `function`, `thread` and `run`, and how it is controlled",
  },
  "types.*.process": { text: "a program of its own: [processes](../configuration.md#processes)" },
  "types.*.process.command": {
    text: "the program and its arguments; no shell reads them",
    example: '[sleep, "10"]',
  },
  "types.*.process.cwd": { text: "its working directory", absent: "the file's folder", example: "./data" },
  "types.*.process.env": {
    text: "all of its environment, but for `inputEnv`, and for `TRACEPARENT` where runs are [traced](../tracing.md): nothing is inherited",
    absent: "none",
    example: "{ PATH: /usr/bin }",
  },
  "types.*.process.inputEnv": {
    text: "variables that are set to fields of the job's input, each by the name of its field; none that `env` has",
    absent: "none",
    example: "{ WIDTH: width }",
  },
  "types.*.process.progressFd": {
    text: "the descriptor to which the program writes its progress as JSON lines",
    absent: "none",
    example: "3",
  },
  "types.*.process.stdin": {
    text: "`input`: the job's input as one JSON object; `none`: empty",
    example: "input",
  },
  "types.*.function": {
    text: "a module that exports `run(ctx)`; it is imported at start: [functions](../configuration.md#functions)",
    example: "./jobs/greet.ts",
  },
  "types.*.thread": {
    text: "a module that exports `run(ctx)`, for work that holds the CPU: [threads](../configuration.md#threads)",
    example: "./jobs/resize.ts",
  },
  "types.*.thread.module": {
    text: "the module; each thread loads it at its first run",
    example: "./jobs/resize.ts",
  },
  "types.*.thread.pool": {
    text: "threads that are kept between runs; how many go on at a time is `concurrency`",
    absent: "cores of the machine",
    example: "2",
  },
  "types.*.thread.memory": { text: "what one thread may take, heap and buffers together", example: "256MB" },
  "types.*.run": { text: "the function itself, which only a module can have: `async (ctx) => {}`" },
  "types.*.schedule": {
    text: "when it runs once it was started; exactly one of `interval` and `cron`",
    absent: "once for each Start",
    example: "{ interval: 5m }",
  },
  "types.*.schedule.interval": {
    text: "from one start to the next; the first run starts at once",
    example: "5s",
  },
  "types.*.schedule.cron": {
    text: "five fields, or six with the seconds first, or `@daily` and the like; the first run comes with its first time",
    example: '"0 2 * * *"',
  },
  "types.*.schedule.timeZone": {
    text: "the IANA name of the zone in which `cron` is read. What falls into the hour that is left out in spring runs right after it; an hour of the day that comes twice in autumn counts once. (Not so where seconds, minutes or hours have a `*` or `/`: `*/15 2 * * *` runs through both hours, or through none)",
    absent: "`UTC`",
    example: "Europe/Madrid",
  },
  "types.*.schedule.jitter": {
    text: "each run begins up to so much after its time, at random; shorter than the interval",
    absent: "none",
    example: "30s",
  },
  "types.*.schedule.overlap": {
    text: "what happens when its time comes while the last run still goes on: `skip` it, `buffer-one` run to follow, or `cancel-running` and begin the next",
    example: "buffer-one",
  },
  "types.*.schedule.catchUp": {
    text: "a time that passed while the server was down is made up for, once, if it is not longer ago than this",
    example: "1m",
  },
  "types.*.timeout": {
    text: "how long an attempt may take; then it is stopped, with its `stopGrace`, and has failed (TIMED_OUT)",
    absent: "no limit",
    example: "30s",
  },
  "types.*.retry": {
    text: "further attempts of a run that fails: [work that fails](../resilience.md)",
    absent: "none",
    example: "{ maxAttempts: 3 }",
  },
  "types.*.retry.maxAttempts": { text: "attempts of a run that fails, the first one included", example: "3" },
  "types.*.retry.initialInterval": { text: "from the first failure to the second attempt", example: "200ms" },
  "types.*.retry.maxInterval": { text: "no wait is longer", example: "10s" },
  "types.*.retry.multiplier": { text: "how much longer each further wait is", example: "1.5" },
  "types.*.retry.jitter": {
    text: "each wait is up to so much of itself shorter or longer, at random",
    example: "0",
  },
  "types.*.breaker": {
    text: "the circuit breaker, which keeps from trying what fails again and again: [work that fails](../resilience.md). `breaker: {}` takes the defaults",
    absent: "none",
    example: "{ failures: 10 }",
  },
  "types.*.breaker.failures": {
    text: "attempts in a row that fail, of any jobs of the type, until none is begun for a while",
    example: "10",
  },
  "types.*.breaker.halfOpenAfter": {
    text: "how long that while is; then one attempt tries whether the work can be done again",
    example: "5m",
  },
  "types.*.fallback": {
    text: "what does the work instead when that has failed for good, or the circuit is open: exactly one of `process`, `function`, `thread` and `run`, as for a type, or `type`: [work that fails](../resilience.md)",
    absent: "none",
    example: "{ function: ./jobs/later.ts }",
  },
  "types.*.fallback.type": {
    text: "the name of another type, whose work it is; two types may fall back on each other",
    example: "spool",
  },
  "types.*.concurrency": {
    text: "runs of the type at a time; other jobs wait, PENDING",
    absent: "for threads `thread.pool`, but at least 1; else no limit",
    example: "4",
  },
  "types.*.queue": { text: "where jobs of the type wait for a free slot" },
  "types.*.queue.capacity": { text: "jobs of the type that can wait", example: "1000" },
  "types.*.queue.fullMode": {
    text: "what a Start meets that finds the queue full: it is held back (`wait`), refused with QUEUE_FULL (`drop-write`), or takes the place of the newest or oldest that waits, which has then failed (`drop-newest`, `drop-oldest`)",
    example: "drop-write",
  },
  "types.*.onLost": {
    text: "what becomes of a run that its server's end cut off: `fail` (the job is LOST, or waits for its next time) or `restart` (another run begins)",
    example: "restart",
  },
  "types.*.stopGrace": {
    text: "how long a stopped run may take to end by itself, before it is ended by force",
    example: "1m",
  },
  "types.*.retention": { text: "how long a settled job is kept", example: "1h" },
  "types.*.template": {
    text: "`true`: there is no job of the type's own name, only those that Start makes",
    example: "true",
  },
};
