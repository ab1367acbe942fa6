// What the lite build leaves out, it refuses at load and by name; everything else it answers as the full build does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as full from "edgewise";
import * as lite from "edgewise/lite";
import { experiment, SEED } from "./fixture.mjs";

const compile = (changes, more = {}) =>
  full.Edgewise.compile({
    seed: SEED,
    units: ["user"],
    experiments: [experiment("a", changes)],
    flags: [],
    ...more,
  });

const attribute = ["x"];
const holdouts = [{ id: "h", salt: "holdout:h", unit: "user", buckets: 1 }];
const { pattern, table } = firstPattern();

const LEFT_OUT = [
  [/layers, holdouts/, compile({ holdouts: ["h"] }, { holdouts })],
  [/sticky experiments/, compile({ sticky: true })],
  [/strategies other than the hash/, compile({ strategy: "random" })],
  [/regular expressions/, compile({ targeting: { matches: { attribute, pattern, table } } })],
  [/versions/, compile({ targeting: { semver: { attribute, operator: "ge", value: "2.4.0" } } })],
  [/timestamps/, compile({ targeting: { timestamp: { attribute, operator: "lt", value: "2026-01-01" } } })],
  [/networks/, compile({ targeting: { network: { attribute, networks: ["192.0.2.0/24"] } } })],
  [/lists of strings/, compile({ targeting: { holds: { attribute, operator: "any", values: ["x"] } } })],
];

for (const [name, bytes] of LEFT_OUT) {
  test(`lite refuses ${name.source} by name, and full reads them`, () => {
    assert.throws(() => lite.Edgewise.loadSync(bytes), (error) => {
      assert.ok(error instanceof lite.RulesetError);
      assert.equal(error.code, "not_built_in");
      assert.match(error.message, name);
      assert.match(error.message, /edgewise, the full one/);
      return true;
    });
    assert.deepEqual(full.Edgewise.loadSync(bytes).experiments.map(({ id }) => id), ["a"]);
  });
}

test("lite gives the answers of the golden vectors, of all rulesets that it reads", () => {
  let compared = 0;
  for (const group of vectors().groups) {
    const bytes = full.Edgewise.compile(group.document, group.audience ?? "server");
    const edgewise = unlessLeftOut(() => lite.Edgewise.loadSync(bytes));
    if (!edgewise) continue;
    for (const { context, context_json: json, now, forced, experiments, flags } of group.cases) {
      const asked = edgewise.context(context ?? JSON.parse(json), { now, forced });
      for (const [id, { variant, reason, bucket, exposure }] of Object.entries(experiments)) {
        const answer = asked.variant(id);
        assert.deepEqual([answer.variant, answer.reason, answer.bucket, answer.exposure], [variant, reason, bucket, exposure]);
        compared++;
      }
      for (const [id, { value }] of Object.entries(flags)) {
        assert.deepEqual(asked.evaluate(id).value, value);
        compared++;
      }
    }
  }
  assert.ok(compared > 1000, `only ${compared} answers were compared`);
});

test("what was altered is refused by its digest, wherever it was", () => {
  const bytes = compile({ targeting: { present: attribute } });
  for (let at = 0; at < bytes.length; at++) {
    const altered = bytes.slice();
    altered[at] ^= 1;
    assert.throws(() => lite.Edgewise.loadSync(altered), { name: "RulesetError" }, `byte ${at}`);
  }
});

function unlessLeftOut(load) {
  try {
    return load();
  } catch (error) {
    if (error.code === "not_built_in") return undefined;
    throw error;
  }
}

/** A pattern with its table, which control builds. */
function firstPattern() {
  let found;
  JSON.parse(JSON.stringify(vectors().groups), (key, value) => {
    if (key === "matches" && value.table) found ??= value;
    return value;
  });
  return found;
}

function vectors() {
  return JSON.parse(readFileSync(new URL("../../vectors/assign.json", import.meta.url), "utf8"));
}
