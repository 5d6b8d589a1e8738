/**
 * The value of a JSON text in which no object has a key twice: `JSON.parse` takes the last of them and says nothing.
 * Throws an `Error` whose message says where it is wrong.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  refuseRepeatedKeys(text);
  return value;
}

/** The text is known to be JSON, so that strings and brackets tell the whole structure. */
function refuseRepeatedKeys(text: string): void {
  /** The keys of each object that is open, outermost first; a list has none. */
  const open: Set<string>[] = [];
  for (const { 0: token, 1: key, index } of text.matchAll(
    /("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g,
  )) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (key !== undefined) refuseRepeated(JSON.parse(key), { keys: open.at(-1), text, index });
  }
}

interface Place {
  readonly keys: Set<string> | undefined;
  readonly text: string;
  readonly index: number;
}

function refuseRepeated(key: string, { keys, text, index }: Place): void {
  if (keys?.has(key)) {
    const lines = text.slice(0, index).split("\n");
    const column = (lines.at(-1)?.length ?? 0) + 1;
    throw new SyntaxError(
      `Keys must be unique: ${JSON.stringify(key)} at line ${lines.length}, column ${column}`,
    );
  }
  keys?.add(key);
}
