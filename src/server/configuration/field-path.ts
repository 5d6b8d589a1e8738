/** Writes a path as in JavaScript: `types.report.process.command[0]`, `types["a.b"].stopGrace`. */
export function fieldOf(keys: readonly unknown[]): string {
  return keys
    .map((key) => (isName(key) ? `.${key}` : `[${JSON.stringify(key)}]`))
    .join("")
    .replace(/^\./, "");
}

function isName(key: unknown): key is string {
  return typeof key === "string" && /^[\w-]+$/.test(key);
}
