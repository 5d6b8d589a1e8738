/**
 * What each setting means, for editors and for `docs/reference/configuration.md`. That a key has no meaning here is found by
 * its test. Links are taken from `docs/reference`.
 */
export interface Meaning {
  readonly text: string;
  /** What holds where it is left out and the schema cannot say it. */
  readonly absent?: string;
  /** As it stands in YAML. */
  readonly example?: string;
}

/** By the path of a key; `types.*` for those of a type, `channel.lanes.*` for those of a lane. */
export const meanings: Readonly<Record<string, Meaning>> = {
  listen: {
    text: "where it listens: `HOST:PORT`; port 0 takes a free one. Beyond loopback (127.0.0.0/8, `[::1]`, `localhost`) it takes `tls` and `auth`. In YAML, quote brackets",
    example: '"[::1]:50051"',
  },
  store: {
    text: "where jobs are kept: `sqlite:` and a file, made where there is none, or `memory:`, which forgets them at the end: [durability](../durability.md)",
    example: '"memory:"',
  },
  channel: { text: "the bounded lanes in which commands wait for their turn: [commands](../commands.md)" },
  "channel.capacity": {
    text: "commands that can wait in each lane; 0 hands each over directly, and needs `fullMode: wait`",
    example: "500",
  },
  "channel.fullMode": {
    text: "what happens when a lane is full: `wait`, `drop-write` (refuse the new one), `drop-newest` or `drop-oldest` (throw out the newest or oldest that waits)",
    example: "drop-write",
  },
  "channel.maxWaiters": {
    text: "callers that can wait for room in a full lane; beyond that they are refused",
    example: "0",
  },
  "channel.degradedAt": {
    text: "from how full on a lane makes the server `degraded`, as a share of its capacity: [health](../doors.md#health)",
    example: "0.5",
  },
  "channel.lanes": {
    text: "what is different in single lanes",
    example: "{ critical: 50, low: { fullMode: drop-write } }",
  },
  "channel.lanes.*": {
    text: "a lane: its capacity, or more about it",
    absent: "as `channel` says",
    example: "50",
  },
  "channel.lanes.*.capacity": {
    text: "as `channel.capacity`, for this lane",
    absent: "`channel.capacity`",
    example: "50",
  },
  "channel.lanes.*.fullMode": {
    text: "as `channel.fullMode`, for this lane",
    absent: "`channel.fullMode`",
    example: "wait",
  },
  rate: {
    text: "how fast commands are applied at most: `unlimited`, or a token bucket",
    example: "unlimited",
  },
  "rate.perSecond": { text: "commands applied a second; fractions are allowed", example: "0.5" },
  "rate.burst": { text: "tokens saved up at most", absent: "`perSecond`, rounded up", example: "50" },
  watch: { text: "what watchers may take: [watching](../watching.md)" },
  "watch.ring": { text: "changes kept for watchers that fall behind or come back", example: "50000" },
  "watch.maxWatchers": { text: "watchers at a time", example: "500" },
  "watch.bookmark": { text: "after so long a silence a watcher gets a bookmark", example: "30s" },
  drain: { text: "how the server ends: [operating](../operating.md)" },
  "drain.timeout": { text: "how long the server may take to end", example: "1m" },
  web: { text: "who may ask over HTTP/1.1: [what is checked](../doors.md#what-is-checked)" },
  "web.hosts": {
    text: "names by which it may be asked over HTTP/1.1 besides those of loopback, without ports",
    example: "[jobs.example.com]",
  },
  "web.origins": {
    text: "pages elsewhere that may ask, as browsers write their origin",
    example: '["https://a.example"]',
  },
  "web.maxConnections": { text: "connections over HTTP/1.1 at a time; a watch holds one", example: "500" },
  tls: {
    text: "TLS on the port, or `terminated`, where somebody in front does it: [securing](../securing.md#tls)",
    absent: "plain text, on loopback only",
    example: "terminated",
  },
  "tls.cert": {
    text: "a file in PEM with the server's certificate, and after it those between it and its authority",
    example: "./server.pem",
  },
  "tls.key": { text: "a file in PEM with its key, without a passphrase", example: "./server.key" },
  "tls.clientCa": {
    text: "a file in PEM with the authorities whose signature makes a client's certificate count",
    absent: "clients are asked for none",
    example: "./clients.pem",
  },
  "tls.clientCert": {
    text: "whether a client may come without a certificate; `required` keeps health checks out too",
    example: "required",
  },
  "tls.minVersion": { text: "the oldest TLS that is spoken", example: '"1.3"' },
  auth: {
    text: "who may call: [securing](../securing.md#who-may-do-what)",
    absent: "whoever can reach the port",
  },
  "auth.tokens": { text: "those who show a token: [tokens](../securing.md#tokens)", absent: "none" },
  "auth.tokens.*.name": {
    text: "what he is called in logs, and where a job tells who asked",
    example: "ci",
  },
  "auth.tokens.*.role": {
    text: "what he may do; each role may do what those before it may",
    example: "operate",
  },
  "auth.tokens.*.sha256": {
    text: "the SHA-256 of the token",
    example: "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0",
  },
  "auth.tokens.*.file": {
    text: "a file with the token, or with `sha256:` and its digits; several are one a line",
    example: "./tokens/ci",
  },
  "auth.tokens.*.env": { text: "a variable with the same", example: "CI_TOKEN" },
  "auth.certificates": {
    text: "those who show a certificate: [client certificates](../securing.md#client-certificates)",
    absent: "none",
  },
  "auth.certificates.*.name": { text: "as `name` of a token", example: "deployer" },
  "auth.certificates.*.role": { text: "as `role` of a token", example: "operate" },
  "auth.certificates.*.match": {
    text: "a name that the certificate has: its only `CN=`, or one of its `DNS:`, `URI:` and `email:`",
    example: '"CN=deployer"',
  },
  admission: {
    text: "how many requests each client may send: [securing](../securing.md#how-often-one-client-may-ask)",
    absent: "as many as it likes",
  },
  "admission.perSecond": { text: "so many a second; fractions are allowed", example: "50" },
  "admission.burst": {
    text: "so many at once, after a rest",
    absent: "`perSecond`, rounded up",
    example: "100",
  },
  log: { text: "how the log on stderr is written", example: "json" },
  types: {
    text: "the job types, by name: at most 128 letters, digits and `._:@-`, a letter or digit first",
    example: "{ report: { process: { command: [du, -sk, /var] } } }",
  },
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

/** The meaning of a key. A lane has that of any other; the work of a fallback that of a type. */
export function meaningOf(path: string): Meaning | undefined {
  return (
    meanings[path] ?? meanings[path.replace(/^(channel\.lanes)\.\w+/, "$1.*").replace(".fallback.", ".")]
  );
}
