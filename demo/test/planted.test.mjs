/** The planted truth, and how it is set beside the estimates. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { besideTruth } from "../truth.mjs";
import { behaviour, PLANTED, visitor } from "../visitors.mjs";

const SEED = 1;

test("visitors behave as planted", () => {
  const count = 200_000;
  const [long, short] = [meansOf("long", count), meansOf("short", count)];
  const found = { signup: short.signup - long.signup, revenue: short.revenue - long.revenue };
  // Five standard errors: of a difference of proportions near 0.1, and of sums whose standard deviation is below 40.
  assert.ok(Math.abs(found.signup - PLANTED.signup) < 5 * Math.sqrt((2 * 0.1) / count), `${found.signup}`);
  assert.ok(Math.abs(found.revenue - PLANTED.revenue) < 5 * Math.sqrt((2 * 40 ** 2) / count), `${found.revenue}`);
});

test("the same visitor does the same in every run, and a visitor does not depend on those before", () => {
  assert.deepEqual(behaviour(visitor(7, SEED), "short"), behaviour(visitor(7, SEED), "short"));
  assert.equal(visitor(7, SEED).country, visitor(7, SEED).country);
  const countries = new Set(Array.from({ length: 100 }, (_, number) => visitor(number, SEED).country));
  assert.deepEqual([...countries].sort(), ["BR", "FR", "IN", "US"]);
});

test("a form that nobody knows is an error", () => {
  assert.throws(() => behaviour(visitor(1, SEED), "blue"), /expected long or short/);
});

test("an interval that covers the truth says yes, one that does not says no", () => {
  /** @type {(lower: number, upper: number) => string} */
  const said = (lower, upper) => {
    const comparisons = [{ variant: "treatment", difference: { estimate: 0.02, interval: { lower, upper } } }];
    return besideTruth({ alpha: 0.05, metrics: [{ metric: "signup", comparisons }] }, { signup: 0.03 });
  };
  assert.match(said(0.01, 0.03), /signup +\+0\.0300 +\+0\.0200 +\+0\.0100 … \+0\.0300 +yes/);
  assert.match(said(0.01, 0.029), /no$/);
  assert.match(said(-0.01, 0.029), /−0\.0100/);
  assert.match(said(0.01, 0.03), /95% interval/);
});

test("a metric without an estimate is an error that says why", () => {
  const absent = { absent: "no_units", because: "there are no units" };
  const metrics = [
    { metric: "signup", comparisons: [{ variant: "treatment", difference: { estimate: absent, interval: absent } }] },
  ];
  // @ts-expect-error what is absent is not a number
  assert.throws(() => besideTruth({ alpha: 0.05, metrics }, { signup: 0.03 }), /there are no units/);
});

/**
 * What visitors do on average when they see a form.
 *
 * @param {string} form
 * @param {number} count
 */
function meansOf(form, count) {
  const sums = { signup: 0, revenue: 0 };
  for (let number = 0; number < count; number++) {
    for (const { name, value } of behaviour(visitor(number, SEED), form)) {
      if (name === "signup") sums.signup += 1;
      else sums.revenue += value ?? 0;
    }
  }
  return { signup: sums.signup / count, revenue: sums.revenue / count };
}
