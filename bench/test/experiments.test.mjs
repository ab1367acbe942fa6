import assert from "node:assert/strict";
import { test } from "node:test";
import { many, ONE_OF_MANY, ranges, targets, TARGETED } from "../experiments.mjs";
import { SCENARIOS } from "../scenarios.mjs";
import { makeUnits } from "../units.mjs";

test("ranges leave nothing out and end with the whole", () => {
  const variants = [
    { id: "a", weight: 0.4 },
    { id: "b", weight: 0.3 },
    { id: "c", weight: 0.3 },
  ];
  assert.deepEqual(ranges(variants, 1000), [
    { id: "a", start: 0, end: 400 },
    { id: "b", start: 400, end: 700 },
    { id: "c", start: 700, end: 1000 },
  ]);
});

test("all three rules have to hold", () => {
  const fitting = { country: "DE", age: 18, plan: "pro" };
  assert.equal(targets(TARGETED, fitting), true);
  for (const other of [{ country: "BR" }, { age: 17 }, { plan: "free" }]) {
    assert.equal(targets(TARGETED, { ...fitting, ...other }), false);
  }
});

test("every scenario loads what it asks for", () => {
  for (const { experiments, ask } of SCENARIOS) {
    assert.ok(ask === undefined || experiments.some(({ id }) => id === ask));
  }
  assert.ok(!many(100).find(({ id }) => id === ONE_OF_MANY).targeting);
});

test("units are the same for the same seed, and about half of them fit all rules", () => {
  const units = makeUnits(2000, 7);
  assert.deepEqual(makeUnits(2000, 7), units);
  assert.notDeepEqual(makeUnits(2000, 8).users, units.users);
  assert.equal(new Set(units.users).size, 2000);
  assert.match(units.users[0], /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const fitting = units.users.filter((_, index) =>
    targets(TARGETED, { country: units.countries[index], age: units.ages[index], plan: units.plans[index] }),
  );
  // 0.8 ** 3 of 2,000 is 1,024, with a standard deviation of 22.
  assert.ok(Math.abs(fitting.length - 1024) < 5 * 22, `${fitting.length}`);
});
