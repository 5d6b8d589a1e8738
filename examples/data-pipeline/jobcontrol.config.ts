import { defineConfig } from "jobcontrol";
import { importNavaids } from "./jobs/import-navaids.ts";

export default defineConfig({
  types: {
    // Reads a CSV file into SQLite: raw, validated, enriched, stored.
    "import-navaids": {
      run: importNavaids({
        navaids: new URL("navaids.csv", import.meta.url),
        countries: new URL("countries.csv", import.meta.url),
        database: new URL("navaids.db", import.meta.url),
      }),
      stopGrace: "2s",
    },
  },
});
