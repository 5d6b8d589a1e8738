#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// What is loaded from here on is compiled once and then read from Node's cache.
enableCompileCache();

const { main } = await import("./main.ts");
await main(process.argv);
