import { defineConfig } from "jobcontrol";
import { integrityCheck } from "./jobs/integrity-check.ts";
import { ping } from "./jobs/ping.ts";

export default defineConfig({
  types: {
    // How much room the project takes: a program, run once for each Start.
    "disk-report": {
      process: { command: ["du", "-sk", "."], cwd: "../.." },
    },
    // Hashes the files below a folder, and tells how far it is. A function, which can be stopped half way.
    "integrity-check": {
      run: integrityCheck({ root: new URL("../../", import.meta.url) }),
      stopGrace: "2s",
    },
    // Asks the service for its health, every five seconds, over its own port.
    ping: {
      run: ping,
      schedule: { interval: "5s", overlap: "skip" },
    },
  },
});
