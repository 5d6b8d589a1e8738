import { defineConfig } from "jobcontrol";
import { postOffice } from "./jobs/post-office.ts";
import { sendLetters } from "./jobs/send-letters.ts";
import { writeLetters } from "./jobs/write-letters.ts";

/** Where letters go, with the password in it: from the operator's environment, never from who starts a job. */
const { SMTP_URL: smtp = "smtp://shop:secret@127.0.0.1:2525" } = process.env;
const outbox = new URL("outbox.db", import.meta.url);

export default defineConfig({
  types: {
    // Puts letters into the outbox.
    "write-letters": { run: writeLetters({ outbox }) },
    // Sends what waits there, in batches. What was refused for now is tried again with the next attempt.
    "send-letters": {
      run: sendLetters({ outbox, smtp, from: "shop@example.org", batchSize: 20, connections: 4 }),
      concurrency: 1,
      retry: { maxAttempts: 4, initialInterval: "500ms", maxInterval: "30s" },
      stopGrace: "10s",
    },
    // A mail server to try it with.
    "post-office": { run: postOffice({ smtp: "smtp://shop:secret@127.0.0.1:2525" }), stopGrace: "5s" },
  },
});
