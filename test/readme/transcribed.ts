/** The documents whose transcripts `transcripts.test.ts` runs: all that has a `$` in a block that names no language. */
export const transcribed: readonly string[] = [
  "README.md",
  "examples/quickstart/README.md",
  "docs/doors.md",
  "docs/other-languages.md",
];
