// Tables and numbers as a terminal shows them.

/** Stands where there is nothing to measure. */
export const NONE = "–";

/** Columns wide enough for what they hold: the first one to the left, the others to the right. */
export function table(heads, rows) {
  const lines = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const rule = widths.map((width) => "─".repeat(width));
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]));
  return [heads, rule, ...rows].map((line) => `  ${line.map(pad).join("  ").trimEnd()}`).join("\n");
}

/** Three digits that count, in ns, µs or ms. */
export function time(nanoseconds) {
  if (nanoseconds < 1e3) return `${digits(nanoseconds)} ns`;
  if (nanoseconds < 1e6) return `${digits(nanoseconds / 1e3)} µs`;
  return `${digits(nanoseconds / 1e6)} ms`;
}

/** A ratio, with what it is a ratio of in the column's head. */
export function ratio(number) {
  return number < 10 ? number.toFixed(2) : number.toFixed(0);
}

/** Whole bytes, with the thousands apart. */
export function bytes(number) {
  return Math.round(number).toLocaleString("en");
}

function digits(number) {
  return number < 10 ? number.toFixed(2) : number < 100 ? number.toFixed(1) : number.toFixed(0);
}
