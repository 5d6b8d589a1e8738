import type { Health, HealthCheck } from "../health.ts";
import { type Answer, textAnswer } from "./answer.ts";
import type { Pages } from "./routes.ts";

/**
 * `/livez` and `/readyz`, for probes that speak HTTP: 200 or 503. With `?verbose`, and wherever something is wrong, each
 * check has a line.
 */
export function healthPages(health: { readonly live: Health; readonly ready: Health }): Pages {
  return ({ path, query }) => {
    const isVerbose = query.has("verbose");
    if (path === "/livez") return answerOf(health.live, isVerbose);
    if (path === "/readyz") return answerOf(health.ready, isVerbose);
    return undefined;
  };
}

function answerOf({ isGood, checks }: Health, isVerbose: boolean): Answer {
  const status = isGood ? 200 : 503;
  const result = isGood ? "ok" : "failed";
  return textAnswer(status, isVerbose || !isGood ? [...checks.map(lineOf), result].join("\n") : result);
}

/** `[+] store: ok`, `[!] channel: degraded, normal holds 92 of 100`, `[-] store: failed, cannot write` */
function lineOf({ name, state, because }: HealthCheck): string {
  const said = because === undefined ? state : `${state}, ${because}`;
  return `[${marks[state]}] ${name}: ${said}`;
}

const marks: Readonly<Record<HealthCheck["state"], string>> = { ok: "+", degraded: "!", failed: "-" };
