/** Labels as they are typed: `key=value`, with spaces between. A value with spaces stands in double quotes. */
export type LabelInput =
  | { readonly isRight: true; readonly labels: Record<string, string> }
  | { readonly isRight: false; readonly problem: string };

export function readLabels(text: string): LabelInput {
  const labels: Record<string, string> = {};
  for (const [, key, quoted, bare, rest] of text.matchAll(/([^\s="]+)=(?:"([^"]*)"|(\S*))|(\S+)/g)) {
    if (key === undefined) return { isRight: false, problem: `Not of the form key=value: ${rest}` };
    if (Object.hasOwn(labels, key)) return { isRight: false, problem: `There are two of ${key}` };
    labels[key] = quoted ?? bare ?? "";
  }
  return { isRight: true, labels };
}
