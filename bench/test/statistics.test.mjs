import assert from "node:assert/strict";
import { test } from "node:test";
import { median, medianRatio, shuffled } from "../statistics.mjs";

test("the median is the middle one, or the mean of the two in the middle", () => {
  assert.equal(median([9, 100, 10]), 10);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
});

test("numbers are sorted as numbers, and stay in their order outside", () => {
  const numbers = [10, 9, 100];
  assert.equal(median(numbers), 10);
  assert.deepEqual(numbers, [10, 9, 100]);
});

test("no rounds have no median", () => {
  assert.throws(() => median([]), /nothing was measured/);
});

test("ratios are taken within a round, so that a slow round weighs on neither side", () => {
  // Twice as long in every round; the medians alone, 4 and 3, would say 1.33.
  assert.equal(medianRatio([2, 4, 200], [1, 2, 100]), 2);
  assert.equal(medianRatio([4, 2, 60], [1, 2, 3]), 4);
  assert.throws(() => medianRatio([1, 2], [1]), /2 rounds cannot be compared with 1/);
});

test("shuffling keeps every item and moves by the given draws", () => {
  const items = ["a", "b", "c", "d"];
  assert.deepEqual(shuffled(items).sort(), items);
  assert.deepEqual(
    shuffled(items, () => 0),
    ["b", "c", "d", "a"],
  );
  assert.deepEqual(
    shuffled(items, () => 0.999),
    items,
  );
  assert.deepEqual(items, ["a", "b", "c", "d"]);
});
