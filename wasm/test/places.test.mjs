// Experiments and flags are found by their ids, whose order is that of UTF-8 bytes: not JavaScript's, which compares
// UTF-16 and puts 😀 before U+FFFD.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Edgewise } from "edgewise";
import { experiment, SEED } from "./fixture.mjs";

const IDS = ["a", "ab", "abc", "b", "checkout", "checkout-2", "checkout.2", "z", "ä", "日本", "\uFFFD", "\uFFFF", "😀", "😁"];
const STRANGERS = ["", "A", "aa", "abcd", "checkou", "checkout-", "zz", "å", "日", "\uD83D", "\uDE00", "\uD800", "😂"];

const flag = (id) => ({ id, salt: `flag:${id}`, type: "number", default: `${IDS.indexOf(id)}` });
const load = (ids) =>
  Edgewise.loadSync(
    Edgewise.compile({ seed: SEED, units: ["user"], experiments: ids.map((id) => experiment(id)), flags: ids.map(flag) }),
  );

test("every id is found, whatever was asked before, and no other", () => {
  for (let count = 0; count <= IDS.length; count++) {
    const ids = IDS.slice(0, count);
    const context = load(ids).context({ user: "u_42" });
    for (const id of [...ids.toReversed(), ...ids]) {
      assert.equal(context.variant(id).experiment, id);
      assert.equal(context.variant(id).reason, "assigned");
      assert.equal(context.get(id, -1), IDS.indexOf(id));
    }
    for (const id of [...STRANGERS, ...IDS.slice(count)]) {
      assert.equal(context.variant(id).reason, "unknown_experiment", id);
      assert.equal(context.get(id, -1), -1, id);
    }
  }
});

test("what is no id is unknown", () => {
  const context = load(IDS).context({ user: "u_42" });
  for (const id of [undefined, null, 1, Symbol("a"), {}, ["a"]]) {
    assert.equal(context.variant(id).reason, "unknown_experiment");
    assert.equal(context.evaluate(id).reason, "unknown_flag");
  }
});

test("the lists go by the same order", () => {
  const edgewise = load(IDS);
  const inBytes = IDS.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  assert.deepEqual(edgewise.experiments.map(({ id }) => id), inBytes);
  assert.deepEqual(edgewise.flags.map(({ id }) => id), inBytes);
  assert.deepEqual(edgewise.context({ user: "u_42" }).assignments().map((answer) => answer.experiment), inBytes);
});
