import { serveJobControl } from "../../../src/index.ts";
import config from "../../rpc/jobcontrol.config.ts";
import { useSdk } from "../sdk.ts";

/** A server whose SDK is changed while it runs: each message is the share of traces that the next one records, or `none`. */
process.on("message", (share: number | "none") => {
  useSdk(share === "none" ? undefined : share);
  process.send?.("changed");
});

const { address } = await serveJobControl(config);
console.log(`listening on ${address}`);
