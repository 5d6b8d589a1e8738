#!/usr/bin/env node
// The one file that is not TypeScript: it switches Node's compile cache on, which also keeps what was stripped of its
// types. Whatever comes before that is done anew at each start, and to load what strips types takes longest of all.
import { enableCompileCache } from "node:module";

enableCompileCache();

const { main } = await import("./main.ts");
await main(process.argv);
