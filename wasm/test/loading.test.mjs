import assert from "node:assert/strict";
import { test } from "node:test";
import * as full from "edgewise";
import * as lite from "edgewise/lite";
import { experiment, NOW, SEED, SHOP } from "./fixture.mjs";

const { DocumentError, Edgewise, RulesetError } = full;
const bytes = Edgewise.compile(SHOP);

test("load takes bytes of every kind, and promises of them", async () => {
  const digest = Edgewise.loadSync(bytes).digest;
  const within = new Uint8Array([7, ...bytes, 7]).subarray(1, -1);
  for (const given of [bytes, bytes.slice().buffer, within, new DataView(bytes.slice().buffer)]) {
    assert.equal((await Edgewise.load(given)).digest, digest);
    assert.equal((await Edgewise.load(Promise.resolve(given))).digest, digest);
    assert.equal(Edgewise.loadSync(given).digest, digest);
  }
});

test("a ruleset that was loaded is the loader's own", () => {
  const mine = bytes.slice();
  const edgewise = Edgewise.loadSync(mine);
  const before = edgewise.context({ user: "u", beta: true }).evaluate("banner");
  mine.fill(0);
  assert.deepEqual(edgewise.context({ user: "u", beta: true }).evaluate("banner"), before);
});

test("a bad ruleset is refused with what is wrong and the way out", async () => {
  const altered = bytes.slice();
  altered[bytes.length - 1] ^= 1;
  const cases = [
    [new Uint8Array(0), "not_a_ruleset", /build one with/],
    [new TextEncoder().encode("<!doctype html>"), "not_a_ruleset", /build one with/],
    [bytes.subarray(0, bytes.length - 1), "truncated", /fetch or build it again/],
    [new Uint8Array([...bytes, 0]), "trailing_bytes", /fetch or build it again/],
    [altered, "digest_mismatch", /altered/],
  ];
  for (const [given, code, message] of cases) {
    const expected = (error) => {
      assert.ok(error instanceof RulesetError);
      assert.equal(error.name, "RulesetError");
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    };
    assert.throws(() => Edgewise.loadSync(given), expected);
    await assert.rejects(Edgewise.load(given), expected);
  }
});

test("what is no bytes at all is a type error", async () => {
  for (const given of ["bytes", null, [1, 2], {}]) {
    assert.throws(() => Edgewise.loadSync(given), { name: "TypeError", message: /Uint8Array/ });
    await assert.rejects(Edgewise.load(given), { name: "TypeError" });
  }
});

test("a failed fetch of the ruleset is the caller's own error", async () => {
  const failure = new Error("no network");
  await assert.rejects(Edgewise.load(Promise.reject(failure)), failure);
});

test("a document that is none, or contradicts itself, is refused by name", () => {
  const refused = (document, code, message) =>
    assert.throws(() => Edgewise.compile(document), (error) => {
      assert.ok(error instanceof DocumentError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  refused({}, "shape", /seed/);
  refused("document", "shape", /not a document/);
  refused(undefined, "shape", /not a document/);
  refused({ ...SHOP, experimnts: [] }, "shape", /experimnts/);
  refused({ ...SHOP, experiments: [experiment("a", { traffic: 5 })] }, "shape", /traffic/);
  refused({ ...SHOP, seed: "9F86" }, "content", /seed/);
  refused({ ...SHOP, experiments: [experiment("a"), experiment("a")] }, "content", /a/);
});

test("the same document gives the same bytes", () => {
  assert.deepEqual(Edgewise.compile(structuredClone(SHOP)), bytes);
});

test("lite answers as full does, and says what it was built without", () => {
  const [one, other] = [Edgewise.loadSync(bytes), lite.Edgewise.loadSync(bytes)];
  const values = { user: "u_42", country: "IN", app: { version: "1" }, beta: true };
  const [mine, its] = [one.context(values, { now: NOW }), other.context(values, { now: NOW })];
  assert.deepEqual(its.assignments(), mine.assignments());
  for (const { id } of one.flags) assert.deepEqual(its.evaluate(id), mine.evaluate(id));
  assert.throws(() => lite.Edgewise.compile(SHOP), /the compiler, which edgewise\/lite leaves out/);
  for (const ask of [() => its.explain("checkout"), () => its.explainFlag("banner")]) {
    assert.throws(ask, /explanations, which edgewise\/lite leaves out/);
  }
  const forced = { checkout: "treatment" };
  assert.equal(one.context(values, { forced }).variant("checkout").reason, "forced");
  assert.throws(() => other.context(values, { forced }), {
    name: "TypeError",
    message: /forced variants, which edgewise\/lite leaves out/,
  });
});

test("the entries have these names and no others", () => {
  const names = ["DocumentError", "Edgewise", "EvaluatorError", "RulesetError", "uuidv7"];
  assert.deepEqual(Object.keys(full).sort(), names);
  assert.deepEqual(Object.keys(lite).sort(), names);
  const own = (prototype) => Object.getOwnPropertyNames(prototype).sort();
  const statics = own(Edgewise).filter((name) => !["length", "name", "prototype"].includes(name));
  assert.deepEqual(statics, ["compile", "load", "loadSync", "ready"]);
  assert.deepEqual(own(Edgewise.prototype), [
    "constructor",
    "context",
    "digest",
    "environment",
    "experiments",
    "flags",
    "free",
    "tenant",
    "unitTypes",
  ]);
  assert.deepEqual(own(Object.getPrototypeOf(Edgewise.loadSync(bytes).context({}))), [
    "assignments",
    "constructor",
    "evaluate",
    "explain",
    "explainFlag",
    "exposure",
    "exposures",
    "get",
    "now",
    "units",
    "variant",
  ]);
});

test("an empty ruleset is a ruleset", () => {
  const edgewise = Edgewise.loadSync(Edgewise.compile({ seed: SEED, units: ["user"], experiments: [], flags: [] }));
  assert.deepEqual(edgewise.context({ user: "u" }).assignments(), []);
  assert.equal(edgewise.context({ user: "u" }).get("nothing", 7), 7);
});
