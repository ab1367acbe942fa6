import assert from "node:assert/strict";
import { test } from "node:test";
import { Edgewise } from "edgewise";
import { equals, experiment, firstUnit, NOW, SEED, SHOP } from "./fixture.mjs";

const shop = Edgewise.loadSync(Edgewise.compile(SHOP));
const targeted = { country: "IN", app: { version: "2.5.1" } };
const asUser = (user) => shop.context({ user, ...targeted }, { now: NOW });
const parallel = firstUnit((user) => asUser(user).variant("rag_timing").variant === "parallel");
const control = firstUnit((user) => asUser(user).variant("rag_timing").variant === "control");

test("a ruleset tells what it holds", () => {
  assert.match(shop.digest, /^[0-9a-f]{32}$/);
  assert.equal(shop.tenant, "acme");
  assert.equal(shop.environment, "production");
  assert.deepEqual(shop.unitTypes, ["user", "device"]);
  assert.deepEqual(shop.experiments.map(({ id }) => id), ["checkout", "paused", "rag_timing"]);
  assert.equal(shop.experiments, shop.experiments);
  assert.equal(shop.flags, shop.flags);
  const { epoch, ...rest } = shop.experiments[2];
  assert.match(epoch, /^[0-9a-f]{16}$/);
  assert.deepEqual(rest, {
    id: "rag_timing",
    iteration: 1,
    unit: "user",
    sticky: false,
    draw: "unit",
    variants: ["control", "parallel"],
    attributes: ["app.version", "country"],
  });
  assert.deepEqual(shop.flags, [
    { id: "banner", type: "boolean", claimedBy: [] },
    { id: "rag.limits", type: "object", claimedBy: ["rag_timing"] },
    { id: "rag.strategy", type: "string", claimedBy: ["rag_timing"] },
  ]);
});

test("names of any script survive the way out of the evaluator", () => {
  const document = {
    seed: SEED,
    units: ["Käufer"],
    experiments: [experiment("größe 🚀", { unit: "Käufer", targeting: equals(["país"], "España") })],
    flags: [],
  };
  const edgewise = Edgewise.loadSync(Edgewise.compile(document));
  assert.deepEqual(edgewise.unitTypes, ["Käufer"]);
  const [only] = edgewise.experiments;
  assert.equal(only.id, "größe 🚀");
  assert.deepEqual(only.variants, ["control", "treatment"]);
  assert.deepEqual(only.attributes, ['attr("país")']);
  const answer = edgewise.context({ Käufer: "u", país: "España" }).variant("größe 🚀");
  assert.equal(answer.reason, "assigned");
});

test("an answer says variant, reason, bucket, epoch, whether using it exposes, and its details", () => {
  const answer = asUser(parallel).variant("rag_timing");
  const { bucket, ...rest } = answer;
  assert.deepEqual(rest, {
    experiment: "rag_timing",
    variant: "parallel",
    reason: "assigned",
    epoch: shop.experiments[2].epoch,
    exposure: true,
    details: { iteration: 1, unit: "user", fallback: false, holdout: null, propensity: 0.5, sticky: false },
  });
  assert.ok(bucket >= 500_000 && bucket < 1_000_000);
});

test("every no has its reason", () => {
  const reason = (values, id) => shop.context(values, { now: NOW }).variant(id).reason;
  assert.equal(reason({ user: "u" }, "paused"), "paused");
  assert.equal(reason({}, "checkout"), "missing_unit");
  assert.equal(reason({ user: "" }, "checkout"), "invalid_unit");
  assert.equal(reason({ user: "u", country: "US", app: { version: "1" } }, "rag_timing"), "not_targeted");
  assert.equal(reason({ user: "u", app: { version: "1" } }, "rag_timing"), "targeting_unknown");
  assert.deepEqual(shop.context({ user: "u" }).variant("nobody"), {
    experiment: "nobody",
    variant: null,
    reason: "unknown_experiment",
    bucket: null,
    epoch: null,
    exposure: false,
    details: { iteration: null, unit: null, fallback: false, holdout: null, propensity: null, sticky: false },
  });
});

test("answers that agree in their details share them, and nobody can change them", () => {
  const experiments = [experiment("first"), experiment("second"), experiment("other", { unit: "device" })];
  const document = { ...SHOP, experiments, flags: [] };
  const edgewise = Edgewise.loadSync(Edgewise.compile(document));
  const details = (user, id) => edgewise.context({ user, device: "d" }).variant(id).details;
  const one = details("u_1", "first");
  // Equal shares: it says the same of either variant, and of the experiment beside it.
  for (const [user, id] of [["u_1", "first"], ["u_2", "first"], ["u_3", "first"], ["u_4", "second"]]) {
    assert.equal(details(user, id), one);
  }
  assert.equal(edgewise.context({ user: "u_5" }).assignments()[0].details, one);
  assert.equal(edgewise.context({ user: "u_1" }).explain("first").answer.details, one);

  const none = details("", "first");
  assert.equal(none.propensity, null);
  assert.equal(details(undefined, "second"), none);
  assert.notEqual(details("u_1", "other"), one);
  for (const shared of [one, none]) {
    assert.ok(Object.isFrozen(shared));
    assert.throws(() => (shared.unit = "device"), TypeError);
  }
});

test("answers that differ in their details do not share them", () => {
  const allocation = [
    { start: 0, end: 900_000, variant: "control" },
    { start: 900_000, end: 1_000_000, variant: "treatment" },
  ];
  const experiments = [experiment("uneven", { allocation }), experiment("again", { allocation, iteration: 2 })];
  const document = { ...SHOP, experiments, flags: [] };
  const edgewise = Edgewise.loadSync(Edgewise.compile(document));
  const propensities = { control: 0.9, treatment: 0.1 };
  const drawn = new Set();
  for (let number = 0; number < 64; number++) {
    for (const { experiment, variant, details } of edgewise.context({ user: `u_${number}` }).assignments()) {
      drawn.add(variant);
      assert.equal(details.iteration, experiment === "again" ? 2 : 1);
      assert.ok(Math.abs(details.propensity - propensities[variant]) < 1e-12);
    }
  }
  assert.equal(drawn.size, 2);
});

test("all experiments at once answer as they do one by one", () => {
  const context = asUser(parallel);
  assert.deepEqual(context.assignments(), shop.experiments.map(({ id }) => context.variant(id)));
});

test("contexts that take turns do not mix", () => {
  const [one, other] = [asUser(parallel), shop.context({ user: control, country: "US" }, { now: NOW })];
  const [first, second] = [one.variant("rag_timing"), other.variant("rag_timing")];
  assert.equal(second.reason, "not_targeted");
  assert.deepEqual(one.variant("rag_timing"), first);
  assert.deepEqual(other.variant("rag_timing"), second);
  // The open experiment reads units only; the targeted one asked next must not see the other's attributes.
  assert.equal(one.variant("checkout").reason, "assigned");
  assert.equal(other.variant("checkout").reason, "assigned");
  assert.deepEqual(other.variant("rag_timing"), second);
});

test("time decides by the context's own now", () => {
  const start = Date.UTC(2026, 0, 1);
  const document = { ...SHOP, experiments: [experiment("timed", { start, end: start + 1000 })], flags: [] };
  const edgewise = Edgewise.loadSync(Edgewise.compile(document));
  const reason = (now) => edgewise.context({ user: "u" }, { now }).variant("timed").reason;
  assert.equal(reason(start - 1), "not_started");
  assert.equal(reason(start), "assigned");
  assert.equal(reason(new Date(start + 999)), "assigned");
  assert.equal(reason(start + 1000), "ended");
});

test("a ruleset that depends on no time never looks at the clock", (t) => {
  const now = t.mock.method(Date, "now");
  const edgewise = Edgewise.loadSync(Edgewise.compile(SHOP));
  const context = edgewise.context({ user: "u", beta: true, ...targeted });
  context.variant("checkout");
  context.variant("rag_timing");
  context.assignments();
  context.evaluate("rag.strategy");
  assert.equal(context.get("banner", false), true);
  assert.equal(now.mock.callCount(), 0);
});

test("whatever makes an answer depend on the time makes a context look at the clock", (t) => {
  const now = t.mock.method(Date, "now");
  const condition = { timestamp: { attribute: [], operator: "ge", value: "2026-01-01" } };
  const placements = [{ condition, variant: "treatment" }];
  const segments = [{ id: "recent", condition }];
  const flag = (condition) => {
    const rules = [{ condition, value: "true" }];
    return { id: "flag", salt: "flag:flag", type: "boolean", default: "false", rules };
  };
  const documents = {
    start: { experiments: [experiment("a", { start: NOW })] },
    end: { experiments: [experiment("a", { end: NOW })] },
    ramp: { experiments: [experiment("a", { ramp: [{ buckets: 0 }, { from: NOW, buckets: 1_000_000 }] })] },
    targeting: { experiments: [experiment("a", { targeting: condition })] },
    segment: { segments, experiments: [experiment("a", { targeting: { segment: "recent" } })] },
    placement: { experiments: [experiment("a", { strategy: "context", placements })] },
    rule: { flags: [flag(condition)] },
    "segment of a rule": { segments, flags: [flag({ segment: "recent" })] },
  };
  for (const [way, content] of Object.entries(documents)) {
    const document = { seed: SEED, units: ["user"], experiments: [], flags: [], ...content };
    const edgewise = Edgewise.loadSync(Edgewise.compile(document));
    const answers = (at) => {
      const context = edgewise.context({ user: "u" }, at);
      return [...context.assignments().map(({ reason }) => reason), context.get("flag", false)];
    };
    now.mock.resetCalls();
    now.mock.mockImplementation(() => NOW);
    const late = answers();
    assert.equal(now.mock.callCount(), 1, way);
    assert.deepEqual(late, answers({ now: NOW }), way);
    assert.notDeepEqual(late, answers({ now: Date.UTC(2025) }), way);
  }
});

test("where time decides, a context looks at the clock once, and all of its answers go by that", (t) => {
  const start = Date.UTC(2026, 0, 1);
  const flag = { id: "flag", salt: "flag:flag", type: "boolean", default: "false" };
  const variants = ["control", "treatment"].map((id) => ({ id, control: id === "control", overrides: { flag: "true" } }));
  const document = { ...SHOP, experiments: [experiment("open"), experiment("timed", { start, variants })], flags: [flag] };
  const edgewise = Edgewise.loadSync(Edgewise.compile(document));
  let clock = start - 1;
  // The first look is one millisecond too early, and every further one would be late enough.
  const now = t.mock.method(Date, "now", () => clock++);
  const context = edgewise.context({ user: "u" });
  assert.equal(now.mock.callCount(), 0);
  const first = [
    () => context.variant("timed").reason,
    () => context.get("flag", true),
    () => context.evaluate("flag").value,
    () => context.assignments().map(({ reason }) => reason),
    () => context.explain("timed").answer.reason,
    () => context.now,
  ];
  const early = ["not_started", false, false, ["assigned", "not_started"], "not_started", start - 1];
  assert.deepEqual(first.map((ask) => ask()), early);
  assert.deepEqual(first.map((ask) => ask()), early);
  assert.equal(now.mock.callCount(), 1);

  // The next context has a time of its own, and one that was given is not asked for.
  assert.equal(edgewise.context({ user: "u" }).variant("timed").reason, "assigned");
  assert.equal(now.mock.callCount(), 2);
  assert.equal(edgewise.context({ user: "u" }, { now: 0 }).variant("timed").reason, "not_started");
  assert.equal(now.mock.callCount(), 2);
  assert.equal(context.variant("timed").reason, "not_started");
});

test("a flag's value comes from the experiment, a rule or the default", () => {
  const flag = (context, id) => context.evaluate(id);
  assert.deepEqual(flag(asUser(parallel), "rag.strategy"), {
    flag: "rag.strategy",
    value: "parallel",
    reason: "experiment",
    rule: null,
    experiment: "rag_timing",
    variant: "parallel",
    epoch: shop.experiments[2].epoch,
    exposure: true,
  });
  const ruled = flag(shop.context({ beta: true }), "banner");
  assert.deepEqual([ruled.value, ruled.reason, ruled.rule], [true, "rule", 0]);
  const left = flag(shop.context({}), "banner");
  assert.deepEqual([left.value, left.reason, left.experiment, left.exposure], [false, "default", null, false]);
  assert.deepEqual(flag(shop.context({}), "nothing").reason, "unknown_flag");
});

test("a control that changes nothing is exposed by the flag all the same", () => {
  const answer = asUser(control).evaluate("rag.strategy");
  assert.deepEqual([answer.value, answer.reason, answer.variant], ["sequential", "default", "control"]);
  assert.equal(answer.exposure, true);
});

test("get gives the value, or the fallback where flag or type are not there", () => {
  assert.equal(asUser(parallel).get("rag.strategy", "none"), "parallel");
  assert.equal(asUser(parallel).get("rag.strategy", 7), 7);
  assert.equal(asUser(parallel).get("nothing", "none"), "none");
  assert.equal(asUser(parallel).get("banner", true), false);
  assert.deepEqual(asUser(parallel).get("rag.limits", null), { depth: [1, 2] });
});

test("objects are frozen to the ground, because everybody gets the same one", () => {
  const limits = asUser(parallel).get("rag.limits", null);
  assert.equal(asUser(parallel).get("rag.limits", null), limits);
  assert.throws(() => limits.depth.push(3), TypeError);
});

test("an explanation has every step in order, and the answer", () => {
  const { answer, steps } = asUser(parallel).explain("rag_timing");
  assert.deepEqual(answer, asUser(parallel).variant("rag_timing"));
  assert.deepEqual(
    steps.map(({ step }) => step),
    ["experiment", "serving", "unit", "test", "test", "targeting", "variant"],
  );
  assert.equal(steps.at(-1).variant, "parallel");
  const unknown = shop.context({ user: "u", app: { version: "1" } }).explain("rag_timing");
  assert.equal(unknown.steps.at(-1).step, "targeting");
  assert.equal(unknown.steps.at(-1).truth, "unknown");
  assert.deepEqual(shop.context({}).explain("nobody").steps, []);
});

test("a flag explains itself, experiments and rules included", () => {
  const { answer, steps } = shop.context({ user: "u", beta: true }, { now: NOW }).explainFlag("banner");
  assert.equal(answer.value, true);
  assert.deepEqual(steps.map(({ step }) => step), ["test", "rule"]);
});
