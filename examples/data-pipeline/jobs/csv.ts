/** The values of one line of CSV. Throws for a quotation mark that is not closed, and for one in the wrong place. */
export function valuesOf(line: string): string[] {
  const values: string[] = [];
  let rest = line;
  for (;;) {
    const [whole, quoted, plain = ""] = /^(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/.exec(rest) ?? [];
    if (whole === undefined) throw new SyntaxError(`no value at: ${rest.slice(0, 20)}`);
    values.push(quoted?.replaceAll('""', '"') ?? plain);
    if (whole.length === rest.length) return values;
    rest = rest.slice(whole.length + 1);
  }
}

/** What makes records of lines: the first line has their names. */
export function recordReader(header: string): (line: string) => Record<string, string> {
  const names = valuesOf(header);
  return (line) => {
    const values = valuesOf(line);
    if (values.length !== names.length)
      throw new SyntaxError(`${values.length} values instead of ${names.length}`);
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
  };
}
