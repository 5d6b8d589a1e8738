import type { Meaning } from "./meaning.ts";
import { typeMeanings } from "./type-meanings.ts";

/**
 * What each setting means, for editors and for `docs/reference/configuration.md`. That a key has no meaning here is found by
 * its test. Links are taken from `docs/reference`. By the path of a key; `types.*` for those of a type, `channel.lanes.*` for
 * those of a lane.
 */
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
  ...typeMeanings,
};

/** The meaning of a key. A lane has that of any other; the work of a fallback that of a type. */
export function meaningOf(path: string): Meaning | undefined {
  return (
    meanings[path] ?? meanings[path.replace(/^(channel\.lanes)\.\w+/, "$1.*").replace(".fallback.", ".")]
  );
}
