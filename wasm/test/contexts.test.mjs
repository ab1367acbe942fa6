// What counts as an id and as an attribute.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Edgewise } from "edgewise";
import { equals, experiment, NOW, SEED } from "./fixture.mjs";

const document = {
  seed: SEED,
  units: ["user", "device"],
  experiments: [
    experiment("open"),
    experiment("is_there", { targeting: { present: ["x"] } }),
    experiment("is_ten", { targeting: equals(["x"], 10) }),
    experiment("is_empty", { targeting: equals(["x"], "") }),
    experiment("nested", { targeting: equals(["x", "y"], "z") }),
    experiment("text", { targeting: { text: { attribute: ["x"], operator: "ends_with", value: "é🚀" } } }),
  ],
  flags: [],
};
const edgewise = Edgewise.loadSync(Edgewise.compile(document));
const ask = (values, id) => edgewise.context(values, { now: NOW }).variant(id);
const open = (user) => ask({ user }, "open");
const x = (value, id) => ask({ user: "u", x: value }, id).reason;

test("a string of 1 to 1,024 bytes is an id", () => {
  assert.equal(open("a").reason, "assigned");
  assert.equal(open("a".repeat(1024)).reason, "assigned");
  assert.equal(open("é".repeat(512)).reason, "assigned");
  assert.equal(open("").reason, "invalid_unit");
  assert.equal(open("a".repeat(1025)).reason, "invalid_unit");
  assert.equal(open("é".repeat(513)).reason, "invalid_unit");
  assert.equal(open("🚀".repeat(1_000_000)).reason, "invalid_unit");
});

test("an integer is the id of its decimal", () => {
  for (const [number, text] of [[42, "42"], [42.0, "42"], [-7, "-7"], [-0, "0"], [2 ** 53 - 1, "9007199254740991"]]) {
    assert.deepEqual(open(number), open(text));
  }
  assert.deepEqual(open(42n), open("42"));
  assert.deepEqual(open(-7n), open("-7"));
});

test("numbers that are no safe integers are no ids", () => {
  for (const number of [1.5, 2 ** 53, -(2 ** 53), NaN, Infinity, 2n ** 53n, -(2n ** 64n)]) {
    assert.equal(open(number).reason, "invalid_unit", String(number));
  }
});

test("nothing else is an id, and nothing at all is missing", () => {
  for (const value of [true, {}, [], ["u"], Symbol("u"), () => "u", new Date(0), Object("u")]) {
    assert.equal(open(value).reason, "invalid_unit", String(value));
  }
  for (const value of [undefined, null]) assert.equal(open(value).reason, "missing_unit");
  assert.equal(ask({}, "open").reason, "missing_unit");
  assert.equal(ask({ device: "d" }, "open").reason, "missing_unit");
});

test("half a surrogate pair is nothing that UTF-8 could say", () => {
  for (const text of ["\ud800", "\udc00", "a\ud83d", "\ude80\ud83d"]) {
    assert.equal(open(text).reason, "invalid_unit");
    assert.equal(x(text, "is_there"), "assigned");
    assert.equal(x(text, "is_ten"), "targeting_unknown");
  }
  assert.equal(open("\ud83d\ude80").reason, "assigned");
});

test("an attribute that is missing, null or undefined is absent", () => {
  assert.equal(ask({ user: "u" }, "is_there").reason, "not_targeted");
  for (const value of [undefined, null]) {
    assert.equal(x(value, "is_there"), "not_targeted");
    assert.equal(x(value, "is_ten"), "targeting_unknown");
  }
});

test("what no condition looks into is there, and every comparison with it is unknown", () => {
  for (const value of [NaN, Infinity, 10n, {}, [10], Symbol("x"), () => 10, new Date(10), Object(10)]) {
    assert.equal(x(value, "is_there"), "assigned");
    assert.equal(x(value, "is_ten"), "targeting_unknown");
  }
});

test("values compare by content, and an empty string is one", () => {
  assert.equal(x(10, "is_ten"), "assigned");
  assert.equal(x(11, "is_ten"), "not_targeted");
  assert.equal(x("10", "is_ten"), "targeting_unknown");
  assert.equal(x("", "is_empty"), "assigned");
  assert.equal(x("a", "is_empty"), "not_targeted");
});

test("paths lead through own properties of objects only", () => {
  assert.equal(x({ y: "z" }, "nested"), "assigned");
  assert.equal(x(Object.create({ y: "z" }), "nested"), "targeting_unknown");
  assert.equal(x(Object.assign(["z"], { y: "z" }), "nested"), "targeting_unknown");
  assert.equal(x("z", "nested"), "targeting_unknown");
  assert.equal(edgewise.context(Object.create({ user: "u" })).variant("open").reason, "missing_unit");
  assert.equal(edgewise.context(Object.assign(Object.create(null), { user: "u" })).variant("open").reason, "assigned");
});

/** What every object inherits; the last is an accessor. */
const INHERITED = ["constructor", "toString", "__proto__"];

/** Contexts of each make with these as their own properties. */
const MAKES = {
  "a plain object": (own) => Object.defineProperties({}, own),
  "an object without prototype": (own) => Object.defineProperties(Object.create(null), own),
  "an instance of a class": (own) => Object.defineProperties(new (class Visitor {})(), own),
};

for (const [make, contextOf] of Object.entries(MAKES)) {
  test(`what every object inherits is missing from ${make}, unless it is its own`, () => {
    const questions = INHERITED.flatMap((name) => [
      experiment(`${name} is there`, { targeting: { present: [name] } }),
      experiment(`${name} is x`, { targeting: equals([name], "x") }),
      experiment(`${name} within is x`, { targeting: equals(["within", name], "x") }),
    ]);
    const edgewise = Edgewise.loadSync(Edgewise.compile({ ...document, experiments: questions }));
    const property = (value) => ({ value, enumerable: true });
    const withOwn = (name, value) => contextOf({ user: property("u"), [name]: property(value) });
    for (const name of INHERITED) {
      const reasons = (values) => {
        const context = edgewise.context(values, { now: NOW });
        return ["is there", "is x", "within is x"].map((rest) => context.variant(`${name} ${rest}`).reason);
      };
      const missing = ["not_targeted", "targeting_unknown", "targeting_unknown"];
      assert.deepEqual(reasons(withOwn("other", "x")), missing, name);
      assert.deepEqual(reasons(withOwn("within", contextOf({}))), missing, name);
      assert.deepEqual(reasons(withOwn(name, "x")), ["assigned", "assigned", "targeting_unknown"], name);
      assert.deepEqual(reasons(withOwn(name, () => "x")), ["assigned", "targeting_unknown", "targeting_unknown"], name);
      const within = contextOf({ [name]: property("x") });
      assert.deepEqual(reasons(withOwn("within", within)), ["not_targeted", "targeting_unknown", "assigned"], name);
    }
  });
}

test("an accessor of a class is not read, and what an instance has itself is", () => {
  let read = 0;
  class Visitor {
    user = "u";
    get x() {
      read++;
      return 10;
    }
  }
  assert.equal(ask(new Visitor(), "is_there").reason, "not_targeted");
  assert.equal(ask(new Visitor(), "is_ten").reason, "targeting_unknown");
  assert.equal(edgewise.context(new Visitor()).exposure("open").unit, "u");
  assert.equal(read, 0);
  assert.equal(ask(Object.defineProperty(new Visitor(), "x", { value: 10 }), "is_ten").reason, "assigned");
  assert.equal(read, 0);
});

test("text of any length and script arrives whole", () => {
  for (const length of [0, 1, 20, 21, 22, 23, 24, 25, 1000, 100_000]) {
    assert.equal(x(`${"a".repeat(length)}é🚀`, "text"), "assigned", `${length} letters before`);
    assert.equal(x(`é🚀${"a".repeat(length + 1)}`, "text"), "not_targeted", `${length} letters behind`);
  }
});

test("an id behind a long attribute is still that id", () => {
  const alone = ask({ user: "u_42" }, "open");
  assert.deepEqual(ask({ user: "u_42", x: "é".repeat(200_000) }, "is_there").bucket !== null, true);
  assert.deepEqual(ask({ user: "u_42" }, "open"), alone);
});

test("a context is an object, and now is a time", () => {
  for (const values of [undefined, null, "u_42", 42]) {
    assert.throws(() => edgewise.context(values), { name: "TypeError", message: /a context is an object/ });
  }
  for (const now of [NaN, Infinity, 8.64e15 + 1, new Date(NaN), "tomorrow"]) {
    assert.throws(() => edgewise.context({}, { now }), { name: "TypeError", message: /milliseconds/ });
  }
});

const TARGETED = Edgewise.loadSync(
  Edgewise.compile({
    seed: SEED,
    units: ["user"],
    experiments: [
      experiment("any"),
      experiment("by_country", { targeting: equals(["country"], "IN") }),
      experiment("by_plan", { targeting: equals(["plan"], "pro") }),
    ],
    flags: [],
  }),
);

test("one experiment reads its own attributes only", () => {
  const read = [];
  const values = {
    user: "u_42",
    get country() { read.push("country"); return "IN"; },
    get plan() { read.push("plan"); return "pro"; },
  };
  const context = TARGETED.context(values);
  assert.equal(context.variant("any").reason, "assigned");
  assert.deepEqual(read, []);
  assert.equal(context.variant("by_plan").reason, "assigned");
  assert.deepEqual(read, ["plan"]);
  assert.equal(context.variant("by_country").reason, "assigned");
  assert.deepEqual(read, ["plan", "country", "plan"]);
  context.assignments();
  assert.equal(read.length, 3);
});

test("nobody is judged by the attributes of somebody before", () => {
  for (const ask of [(context) => context.variant("by_plan"), (context) => context.assignments()[2]]) {
    assert.equal(ask(TARGETED.context({ user: "u_42", country: "IN", plan: "pro" })).reason, "assigned");
    const other = TARGETED.context({ user: "u_42", country: "IN" });
    assert.equal(other.variant("by_country").reason, "assigned");
    assert.equal(ask(other).reason, "targeting_unknown");
    assert.equal(TARGETED.context({ user: "u_42", plan: "free" }).variant("by_plan").reason, "not_targeted");
  }
});
