import type { JobContext } from "../../src/runner/job-context.ts";

export const run = ({ traceparent }: JobContext) => ({ traceparent: traceparent ?? null });
