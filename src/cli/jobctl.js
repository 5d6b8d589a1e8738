#!/usr/bin/env node
// The one file that is not TypeScript: it runs on any Node, to say which it needs, and switches the compile cache on, which
// also keeps what was stripped of its types. Whatever comes before that is done anew at each start, and to load what strips
// types takes longest of all.
import * as nodeModule from "node:module";

const { node } = process.versions;
if (Number.parseInt(node, 10) < 24) {
  process.stderr.write(`jobctl: Needs Node 24, and this is Node ${node} (in a checkout: npx jobctl)\n`);
  process.exit(1);
}
nodeModule.enableCompileCache();

const { main } = await import("./main.ts");
await main(process.argv);
