/**
 * The layers of `docs/architecture.md`, as rules: which folder may import which. What is not listed for a folder
 * is forbidden to it.
 */
const layers = {
  job: [],
  async: [],
  channel: ["async"],
  pipeline: ["async", "channel"],
  engine: ["job", "async", "channel"],
  limiter: ["job", "async", "channel"],
  runner: ["job", "async", "channel", "telemetry"],
  calendar: ["job"],
  telemetry: ["job", "async", "channel"],
  control: ["job", "async", "channel", "calendar", "engine", "limiter", "runner", "telemetry"],
  rpc: ["control", "calendar", "job", "async", "telemetry", "gen"],
  server: [
    "job",
    "async",
    "channel",
    "calendar",
    "engine",
    "limiter",
    "runner",
    "telemetry",
    "control",
    "rpc",
    "gen",
  ],
  client: ["async", "gen"],
  cli: ["client", "server", "async", "gen"],
  testing: [
    "job",
    "async",
    "channel",
    "pipeline",
    "engine",
    "limiter",
    "runner",
    "telemetry",
    "control",
    "rpc",
    "server",
    "client",
    "gen",
  ],
};

/** What the folders of `src/control` may import of each other. */
const control = {
  consumer: ["supervisor"],
  supervisor: ["output"],
  watch: [],
  output: ["watch"],
  lists: ["watch"],
};

/** The dashboard runs in a browser: of this repository it knows the contract, and of packages these. */
const web = {
  folders: ["^web/", "^gen/"],
  packages: [
    "@bufbuild/protobuf",
    "@connectrpc/connect",
    "@connectrpc/connect-web",
    "@preact/signals",
    "preact",
    "uplot",
  ],
};

/** Of these, `control` and `rpc` know only the interfaces. */
const interfaces = [
  "src/engine/(engine|lane-turns)\\.ts$",
  "src/limiter/token-source\\.ts$",
  "src/runner/runner\\.ts$",
  "src/channel/index\\.ts$",
  "src/telemetry/(meter|tracing|journal)\\.ts$",
];

/** Each vendor package is imported in one place. */
const vendors = {
  "@grpc/grpc-js": "^src/(server/grpc|client/grpc-js)/",
  "rate-limiter-flexible": "^src/limiter/rate-limiter-flexible\\.ts$",
  croner: "^src/calendar/cron-times\\.ts$",
  pino: "^src/server/log\\.ts$",
  valibot: "^src/server/configuration/",
  yaml: "^src/server/configuration/",
  "@opentelemetry/api": "^src/telemetry/open-telemetry/",
  "prom-client": "^src/server/metrics/",
  commander: "^src/cli/",
  "@connectrpc/connect-node": "^src/client/",
};

/** What connect has for those who write doors; it keeps no promises about it, so nobody else builds on it. */
const connectsInsides = {
  name: "connects-protocols-in-one-place",
  severity: "error",
  from: { path: "^src/", pathNot: "^src/server/web/" },
  to: { path: "^node_modules/@connectrpc/connect/dist/[a-z]+/protocol" },
};

const folderOf = (name) => (name === "gen" ? "^gen/" : `^src/${name}/`);

export default {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    connectsInsides,
    { name: "no-unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
    ...Object.entries(layers).map(([layer, allowed]) => ({
      name: `${layer}-imports-only-below`,
      comment: `src/${layer} may import: ${["itself", ...allowed].join(", ")}`,
      severity: "error",
      from: { path: `^src/${layer}/` },
      to: { path: "^(src|gen|test|bench|examples|scripts)/", pathNot: [layer, ...allowed].map(folderOf) },
    })),
    ...Object.entries(control).map(([part, allowed]) => ({
      name: `control-${part}-imports-only-its-own`,
      comment: `Of the folders of src/control, ${part} may import: ${["itself", ...allowed].join(", ")}`,
      severity: "error",
      from: { path: `^src/control/${part}/` },
      to: { path: "^src/control/[^/]+/", pathNot: [part, ...allowed].map((name) => `^src/control/${name}/`) },
    })),
    {
      name: "web-imports-gen-only",
      comment: `web may import: itself, gen, ${web.packages.join(", ")}`,
      severity: "error",
      from: { path: "^web/", pathNot: "^web/vite\\.config\\.ts$" },
      to: { pathNot: [...web.folders, ...web.packages.map((name) => `^node_modules/${name}/`)] },
    },
    {
      name: "nothing-imports-web",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^web/" },
    },
    {
      name: "core-knows-interfaces-only",
      severity: "error",
      from: { path: "^src/(control|rpc)/" },
      to: { path: "^src/(engine|limiter|runner|telemetry|channel)/", pathNot: interfaces },
    },
    {
      name: "job-is-pure",
      comment: "src/job imports nothing but itself",
      severity: "error",
      from: { path: "^src/job/" },
      to: { pathNot: "^src/job/" },
    },
    ...Object.entries(vendors).map(([name, place]) => ({
      name: `${name.replaceAll(/[^a-z-]/g, "-")}-in-one-place`,
      severity: "error",
      from: { path: "^src/", pathNot: place },
      to: { path: `^node_modules/${name}/` },
    })),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^web/built/" },
    parser: "swc",
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
