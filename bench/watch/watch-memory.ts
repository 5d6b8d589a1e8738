import { createJobControlClient } from "../../src/client/index.ts";
import { type ChildServer, startServer } from "../child-server.ts";
import { rotated } from "../rounds.ts";
import { median, quantile, summary } from "../statistics.ts";
import { busyJobs } from "./busy-jobs.ts";
import { instruct, type Memory, memoryOf } from "./instructions.ts";
import { Watchers, type WatchersOptions } from "./watchers.ts";

const report = { jobIds: ["report"], skipSnapshot: true };
const everything = { skipSnapshot: true };
const connections = 20;
const rounds = 3;
