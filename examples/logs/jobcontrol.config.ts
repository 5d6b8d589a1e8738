import { defineConfig } from "jobcontrol";
import { collectLogs } from "./jobs/collect-logs.ts";
import { makeNoise } from "./jobs/make-noise.ts";

const { SYSLOG_PORT = "5514" } = process.env;
const port = Number(SYSLOG_PORT);

export default defineConfig({
  types: {
    // Takes syslog lines over TCP and stores them. Where they come faster than they can be stored, the oldest that wait go.
    "collect-logs": {
      run: collectLogs({ port, file: new URL("collected.jsonl", import.meta.url), capacity: 1000 }),
      concurrency: 1,
      onLost: "restart",
      stopGrace: "10s",
    },
    // An application that logs more than anybody can store.
    "make-noise": { run: makeNoise({ port }), stopGrace: "2s" },
  },
});
