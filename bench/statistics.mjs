// What is told about the times of several rounds.

/** The middle one, or the mean of the two in the middle. */
export function median(numbers) {
  if (numbers.length === 0) throw new RangeError("nothing was measured, so there is no median");
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of the ratios within each round: what slows a whole round down stands on both sides. */
export function medianRatio(numbers, others) {
  if (numbers.length !== others.length) {
    throw new RangeError(`${numbers.length} rounds cannot be compared with ${others.length}`);
  }
  return median(numbers.map((number, round) => number / others[round]));
}

/** The same items in an order of chance, by Fisher and Yates. */
export function shuffled(items, random = Math.random) {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other], mixed[last]];
  }
  return mixed;
}
