import { defineConfig } from "jobcontrol";
import { fetchProducts } from "./jobs/fetch-products.ts";
import { shopApi } from "./jobs/shop-api.ts";

/** The API, and the key to it: from the operator's environment, never from who starts a job. */
const { API_URL: url = "http://127.0.0.1:8081", API_KEY: key = "open-sesame" } = process.env;

export default defineConfig({
  types: {
    // Asks the API for every product: eight calls at a time, the rest wait.
    "fetch-products": {
      run: fetchProducts({ url, key, inFlight: 8, timeoutMs: 2000, maxTries: 3 }),
      concurrency: 1,
      stopGrace: "2s",
    },
    // An API to try it with: one that is used by others too, slow at times, and asks for patience.
    "shop-api": { run: shopApi({ url, key }), stopGrace: "2s" },
  },
});
