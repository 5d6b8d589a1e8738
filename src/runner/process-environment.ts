import type { JsonValue } from "../job/json.ts";
import { type TraceContext, traceparentOf } from "../job/trace.ts";
import type { RunRequest } from "./runner.ts";
import type { ProcessWork } from "./work.ts";

/**
 * All of the environment of a program: what is declared, and of the input the fields that are declared by name; where its
 * run is traced also `TRACEPARENT` and `TRACESTATE`, unless they are declared. A field that is not there, or null, is no
 * variable. Throws an `Error` for a text that no variable can hold.
 */
export function environmentOf(
  { env, inputEnv }: ProcessWork,
  { input, trace }: Pick<RunRequest, "input" | "trace">,
): Record<string, string> {
  const variables: Record<string, string> = { ...traceVariables(trace), ...env };
  for (const [name, field] of Object.entries(inputEnv)) {
    const value = Object.hasOwn(input, field) ? input[field] : undefined;
    if (value === undefined || value === null) continue;
    const text = textOf(value);
    if (text.includes("\0")) throw new Error(`input.${field} cannot be given as ${name}: it holds a NUL`);
    variables[name] = text;
  }
  return variables;
}

function traceVariables(trace: TraceContext | undefined): Record<string, string> {
  if (trace === undefined) return {};
  const { state = "" } = trace;
  return { TRACEPARENT: traceparentOf(trace), ...(state !== "" && { TRACESTATE: state }) };
}

/** A string as it is; anything else as JSON. */
function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
