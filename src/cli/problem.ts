/** What is wrong, as a part of a line. */
export function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
