import { parseDocument } from "yaml";

/**
 * The value of a YAML document: one document, no key twice, no tag of another language, and aliases only in
 * measure. Throws an `Error` whose message says where it is wrong.
 */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: "error", uniqueKeys: true });
  const [problem] = [...document.errors, ...document.warnings];
  // After the first line of the message comes a drawing of the place.
  if (problem !== undefined) throw new SyntaxError(problem.message.split(":\n")[0], { cause: problem });
  return document.toJS({ maxAliasCount: 100 });
}
