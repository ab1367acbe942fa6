import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../targets.mjs";

const TARGETS = [
  { part: "speed", figure: "one", of: ({ one }) => one, most: 0.25, show: (number) => number.toFixed(2) },
  { part: "size", figure: "program", of: ({ program }) => program, most: 10, show: String },
];

test("a figure is reached up to its target and missed above, however it is rounded", () => {
  const verdict = (one) => judge({ speed: { one } }, TARGETS);
  assert.deepEqual(verdict(0.25), [{ figure: "one", reached: "0.25", target: "≤ 0.25", verdict: "reached" }]);
  assert.deepEqual(verdict(0.2501), [{ figure: "one", reached: "0.25", target: "≤ 0.25", verdict: "missed" }]);
});

test("what was not measured is not judged", () => {
  assert.deepEqual(
    judge({ size: { program: 11 } }, TARGETS).map(({ figure, verdict }) => [figure, verdict]),
    [["program", "missed"]],
  );
  assert.deepEqual(judge({}, TARGETS), []);
});

test("every target finds its figure in what its part gives, and the lower is the better", () => {
  const either = (figure) => ({ edgewise: figure, "edgewise-lite": figure });
  const ratios = (number) => ({ fresh: either({ toFlagd: number, toLoop: number }) });
  const results = (number) => ({
    speed: { open: ratios(number), targeted: ratios(number), "all-of-100": ratios(number) },
    load: either({ nanoseconds: number }),
    startup: { bundled: either({ toGrowthbook: number }) },
    memory: either({ grown: number }),
    size: either({ gzip: number, brotli: number }),
  });
  const verdicts = (number) => new Set(judge(results(number)).map(({ verdict }) => verdict));
  assert.deepEqual([...verdicts(0)], ["reached"]);
  assert.deepEqual([...verdicts(1e9)], ["missed"]);
});
