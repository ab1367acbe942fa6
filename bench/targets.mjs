// The figures that the product is to reach, and whether this run did.
import { FULL, LITE } from "./contenders.mjs";
import { bytes, ratio, time } from "./table.mjs";

/**
 * `of` finds the figure in the results of a part, `most` is the highest that is good enough; `show` prints both.
 */
const TARGETS = [
  ...[FULL, LITE].flatMap((name) => [
    {
      part: "speed",
      figure: `${name}, one evaluation, no targeting, of flagd-core`,
      of: ({ open }) => open.fresh[name].toFlagd,
      most: 0.25,
      show: ratio,
    },
    {
      part: "speed",
      figure: `${name}, one evaluation, three targeting rules, of flagd-core`,
      of: ({ targeted }) => targeted.fresh[name].toFlagd,
      most: 0.25,
      show: ratio,
    },
    {
      part: "speed",
      figure: `${name}, all of 100 experiments, of the hand-written loop`,
      of: (speed) => speed["all-of-100"].fresh[name].toLoop,
      most: 0.4,
      show: ratio,
    },
    {
      part: "load",
      figure: `${name}, loading 1,000 experiments`,
      of: (load) => load[name].nanoseconds,
      most: 1e6,
      show: time,
    },
    {
      part: "startup",
      figure: `${name}, starting with 100 experiments, bundled, of GrowthBook client`,
      of: ({ bundled }) => bundled[name].toGrowthbook,
      most: 1,
      show: ratio,
    },
    {
      part: "memory",
      figure: `${name}, WebAssembly memory grown by a million evaluations`,
      of: (memory) => memory[name].grown,
      most: 0,
      show: bytes,
    },
  ]),
  {
    part: "size",
    figure: `${FULL}, browser program, gzip`,
    of: (size) => size[FULL].gzip,
    most: 40 * 1024,
    show: bytes,
  },
  {
    part: "size",
    figure: `${LITE}, browser program, brotli`,
    of: (size) => size[LITE].brotli,
    most: 10 * 1024,
    show: bytes,
  },
];

/** One verdict for each target whose part was measured. */
export function judge(results, targets = TARGETS) {
  return targets
    .filter(({ part }) => part in results)
    .map(({ part, figure, of, most, show }) => {
      const value = of(results[part]);
      return { figure, reached: show(value), target: `≤ ${show(most)}`, verdict: value <= most ? "reached" : "missed" };
    });
}
