/** The planted truth beside the estimates. */

/**
 * @typedef {{estimate: number, interval: {lower: number, upper: number}}} Difference
 * @typedef {{metric: string, comparisons: {variant: string, difference: Difference}[]}} Metric
 */

/**
 * One line a metric: what was planted, what was found, and whether the interval covers it.
 *
 * @param {{alpha: number, metrics: Metric[]}} results as `edgewise analyze --output json` prints them
 * @param {Record<string, number>} planted the difference per unit, by metric
 * @returns {string}
 */
export function besideTruth({ alpha, metrics }, planted) {
  const level = `${100 * (1 - alpha)}% interval`;
  const rows = metrics.map(({ metric, comparisons: [comparison] }) => {
    const truth = planted[metric];
    if (truth === undefined || !comparison) throw new Error(`nothing to compare on the metric ${metric}`);
    const { estimate, interval } = comparison.difference;
    if (typeof estimate !== "number") throw new Error(`${metric} has no estimate: ${JSON.stringify(estimate)}`);
    const covers = interval.lower <= truth && truth <= interval.upper;
    return [
      metric,
      signed(truth),
      signed(estimate),
      `${signed(interval.lower)} … ${signed(interval.upper)}`,
      covers ? "yes" : "no",
    ];
  });
  return table([["metric", "planted", "estimated", level, "covers the truth"], ...rows]);
}

/** @param {number} number */
function signed(number) {
  return `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(4)}`;
}

/** @param {string[][]} rows */
function table(rows) {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("   ")
          .trimEnd()}`,
    )
    .join("\n");
}
