/** Prints the rows of the channel's benchmark as one table, in millions of items a second. */
import type { Row } from "./measure.ts";

export function formatTable(rows: readonly Row[]): string {
  const lines = rows.map((row, index) => [
    row.workload === rows[index - 1]?.workload ? "" : row.workload,
    row.contender,
    row.form,
    millions(row.median),
    `${millions(row.min)}–${millions(row.max)}`,
  ]);
  const table = [["M items/s", "contender", "form", "median", "min–max"], ...lines];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function millions(rate: number): string {
  return (rate / 1e6).toFixed(2);
}
