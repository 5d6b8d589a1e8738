import { runHere } from "../cli/jobctl-here.ts";

const helps = new Map<string, Promise<string>>();

/** What `jobctl VERB --help` prints; each verb is asked once. */
export function helpOf(verbs: readonly string[]): Promise<string> {
  const key = verbs.join(" ");
  const known = helps.get(key) ?? runHere([...verbs, "--help"]).then(({ stdout }) => stdout);
  helps.set(key, known);
  return known;
}
