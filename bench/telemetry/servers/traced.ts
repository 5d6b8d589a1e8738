import { serveJobControl } from "../../../src/index.ts";
import config from "../../rpc/jobcontrol.config.ts";
import { useSdk } from "../sdk.ts";

/** A server whose SDK records the share of traces that its argument says; without one it has none. */
const [share] = process.argv.slice(2);
useSdk(share === undefined ? undefined : Number(share));

const { address } = await serveJobControl(config);
console.log(`listening on ${address}`);
