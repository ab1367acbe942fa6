import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, ratio, table, time } from "../table.mjs";

test("columns are as wide as what they hold", () => {
  const lines = table(
    ["", "time"],
    [
      ["a", "1.00 µs"],
      ["longer", "7 ns"],
    ],
  ).split("\n");
  assert.deepEqual(lines, ["             time", "  ──────  ───────", "  a       1.00 µs", "  longer     7 ns"]);
});

test("times have the unit that fits and three digits", () => {
  assert.deepEqual([75.04, 999, 1000, 16_700, 183_700, 6_430_000].map(time), [
    "75.0 ns",
    "999 ns",
    "1.00 µs",
    "16.7 µs",
    "184 µs",
    "6.43 ms",
  ]);
});

test("ratios and bytes", () => {
  assert.deepEqual([0.254, 1, 9.99, 517.6].map(ratio), ["0.25", "1.00", "9.99", "518"]);
  assert.equal(bytes(1_309_306.4), "1,309,306");
});
