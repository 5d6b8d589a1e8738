import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** Lets everything go that nothing leads to. What a promise still holds in this turn of the event loop is not gone yet. */
export const collectGarbage: () => void = runInNewContext("gc");
