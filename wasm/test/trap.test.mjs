// A trap is provoked as damage would: the memory of every instance is overwritten from outside.
import assert from "node:assert/strict";
import { test } from "node:test";
import { captureMemories } from "./instances.mjs";

const memories = captureMemories();
const { Edgewise } = await import("edgewise");
const { NOW, SHOP } = await import("./fixture.mjs");

const bytes = Edgewise.compile(SHOP);
const values = { user: "u_42", country: "IN", app: { version: "1" } };
const damageAll = () => memories.forEach(({ buffer }) => new Uint8Array(buffer).fill(0xff));

/** Everything but the ruleset, which nothing writes to once it is loaded. */
function damage() {
  for (const { buffer } of memories) {
    const memory = Buffer.from(buffer);
    const place = memory.indexOf(bytes);
    memory.fill(0xff);
    if (place >= 0) memory.set(bytes, place);
  }
}

test("a trap replaces the instance, and the fresh one answers", () => {
  const edgewise = Edgewise.loadSync(bytes);
  const context = edgewise.context(values, { now: NOW });
  const questions = [
    [() => context.variant("rag_timing"), 1],
    [() => context.assignments(), 1],
    [() => context.evaluate("rag.strategy"), 1],
    // The answer comes from the ruleset's instance, the steps from the one that compiles and explains.
    [() => context.explain("rag_timing"), 2],
  ];
  for (const [ask, replaced] of questions) {
    const expected = ask();
    const count = memories.length;
    damage();
    assert.deepEqual(ask(), expected);
    assert.equal(memories.length, count + replaced);
    assert.deepEqual(ask(), expected);
    assert.equal(memories.length, count + replaced);
  }
});

test("every ruleset goes on by itself", () => {
  const [one, other] = [Edgewise.loadSync(bytes), Edgewise.loadSync(bytes)];
  const expected = other.context(values, { now: NOW }).assignments();
  damage();
  assert.deepEqual(one.context(values, { now: NOW }).assignments(), expected);
  assert.deepEqual(other.context(values, { now: NOW }).assignments(), expected);
});

test("a ruleset that was damaged too is not gone on with", () => {
  const edgewise = Edgewise.loadSync(bytes);
  const context = edgewise.context(values, { now: NOW });
  context.variant("checkout");
  damageAll();
  assert.throws(() => context.variant("checkout"), { name: "EvaluatorError", message: "the evaluator failed and damaged its ruleset: load it again" });
  assert.throws(() => context.variant("checkout"), { message: "this ruleset was freed or damaged: load it again" });
  assert.equal(Edgewise.loadSync(bytes).context(values, { now: NOW }).variant("checkout").reason, "assigned");
});

test("one flipped bit of the ruleset is damage", () => {
  const edgewise = Edgewise.loadSync(bytes);
  const context = edgewise.context(values, { now: NOW });
  context.variant("checkout");
  damage();
  const memory = Buffer.from(memories.at(-1).buffer);
  memory[memory.indexOf(bytes) + bytes.length - 1] ^= 1;
  assert.throws(() => context.variant("checkout"), { name: "EvaluatorError", message: "the evaluator failed and damaged its ruleset: load it again" });
});

test("a trap while loading or compiling does not end the program's evaluator", () => {
  Edgewise.loadSync(bytes);
  damage();
  assert.equal(Edgewise.loadSync(bytes).context(values, { now: NOW }).variant("checkout").reason, "assigned");
  damage();
  assert.deepEqual(Edgewise.compile(SHOP), bytes);
});

test("an error of the host's own passes through and does no harm", () => {
  const edgewise = Edgewise.loadSync(bytes);
  const count = memories.length;
  const failing = { get user() { throw new RangeError("the host's own"); } };
  assert.throws(() => edgewise.context(failing).variant("checkout"), { message: "the host's own" });
  assert.equal(memories.length, count);
  assert.equal(edgewise.context(values).variant("checkout").reason, "assigned");
});
