// What the host hands in beside the context, and what comes back for the events.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Edgewise } from "edgewise";
import { equals, experiment, firstUnit, NOW, SEED } from "./fixture.mjs";

const load = (document) =>
  Edgewise.loadSync(Edgewise.compile({ seed: SEED, units: ["user", "device"], experiments: [], flags: [], ...document }));

const holdout = (id, buckets) => ({ id, salt: `holdout:${id}`, unit: "user", buckets });

test("a sticky record keeps its variant and its epoch", () => {
  const edgewise = load({ experiments: [experiment("kept", { sticky: true }), experiment("other")] });
  const first = edgewise.context({ user: "u_1" }).variant("kept");
  assert.deepEqual([first.reason, first.details.sticky, first.details.propensity], ["assigned", true, 0.5]);
  assert.equal(edgewise.context({ user: "u_1" }).variant("other").details.sticky, false);

  const variant = first.variant === "control" ? "treatment" : "control";
  const record = { experiment: "kept", iteration: 1, variant, epoch: "0123456789abcdef" };
  const context = edgewise.context({ user: "u_1" }, { now: NOW, sticky: [record] });
  const answer = context.variant("kept");
  assert.deepEqual(
    [answer.reason, answer.variant, answer.epoch, answer.bucket, answer.exposure],
    ["sticky", variant, "0123456789abcdef", null, true],
  );
  assert.deepEqual([answer.details.sticky, answer.details.propensity], [false, null]);
  assert.deepEqual(context.assignments()[0], answer);

  const { id, ...event } = context.exposure("kept");
  assert.deepEqual([event.epoch, event.reason, event.sticky], ["0123456789abcdef", "sticky", [record]]);
  assert.ok(!("bucket" in event || "propensity" in event || "nonce" in event || "counter" in event));
});

test("what a rule placed is not kept: nothing was drawn, and a record would count as exposed", () => {
  const placements = [{ condition: equals(["plan"], "pro"), variant: "treatment" }];
  const edgewise = load({ experiments: [experiment("kept", { sticky: true, strategy: "context", placements })] });
  const ask = (plan) => edgewise.context({ user: "u", plan }).variant("kept");
  const [placed, drawn] = [ask("pro"), ask("free")];
  assert.deepEqual([placed.reason, placed.variant, placed.exposure, placed.details.sticky], ["placed", "treatment", false, false]);
  assert.deepEqual([drawn.reason, drawn.exposure, drawn.details.sticky], ["assigned", true, true]);
});

test("records that fit nothing are passed over, and the first that fits counts", () => {
  const edgewise = load({ experiments: [experiment("kept", { sticky: true })] });
  const record = (changes) => ({ experiment: "kept", iteration: 1, variant: "control", epoch: "00000000000000aa", ...changes });
  const answer = edgewise
    .context({ user: "u" }, {
      sticky: [
        record({ experiment: "gone" }),
        record({ variant: "gone" }),
        record({ iteration: 2 }),
        record({ variant: "treatment", epoch: "ffffffffffffffff" }),
        record({ variant: "control" }),
      ],
    })
    .variant("kept");
  assert.deepEqual([answer.reason, answer.variant, answer.epoch], ["sticky", "treatment", "ffffffffffffffff"]);
});

test("an exposure carries the sticky records that its answer can depend on, and no others", () => {
  const slots = (start, end) => [{ start, end }];
  const within = (layer, start, end) => ({ sticky: true, layer: { layer, slots: slots(start, end) } });
  const layer = (id, changes) => ({ id, salt: `layer:${id}`, unit: "user", ...changes });
  const edgewise = load({
    layers: [
      layer("page"),
      layer("box", { within: { layer: "page", slots: slots(0, 500_000) } }),
      layer("bar", { within: { layer: "page", slots: slots(500_000, 1_000_000) } }),
      layer("mail"),
    ],
    experiments: [
      experiment("alone", { sticky: true }),
      experiment("plain"),
      experiment("boxed", within("box", 0, 1_000_000)),
      experiment("barred", within("bar", 0, 1_000_000)),
      experiment("mailed", within("mail", 0, 1_000_000)),
      experiment("follows", { prerequisites: [{ experiment: { id: "alone", variants: ["control"] } }] }),
    ],
  });
  const record = (id) => ({ experiment: id, iteration: 1, variant: "control", epoch: "00000000000000aa" });
  const sticky = ["gone", "boxed", "plain", "mailed", "barred", "alone"].map(record);
  const context = edgewise.context({ user: "u" }, { now: NOW, sticky });
  const carried = Object.fromEntries(
    edgewise.experiments.map(({ id }) => [id, context.exposure(id)?.sticky?.map(({ experiment }) => experiment)]),
  );
  assert.deepEqual(carried, {
    alone: ["alone"],
    // The record of "boxed" holds the unit's place in the layer around both.
    barred: undefined,
    boxed: ["boxed", "barred"],
    follows: ["boxed", "mailed", "barred", "alone"],
    mailed: ["mailed"],
    plain: undefined,
  });
  assert.equal(context.variant("barred").reason, "not_in_slot");
  for (const id of ["alone", "boxed", "follows", "mailed", "plain"]) {
    const { sticky } = context.exposure(id);
    assert.deepEqual(edgewise.context({ user: "u" }, { now: NOW, sticky }).variant(id), context.variant(id));
  }
});

test("more sticky records than an event takes are refused by name, with the way out", () => {
  const edgewise = load({ experiments: [experiment("kept", { sticky: true })] });
  const records = (count) => Array(count).fill({ experiment: "kept", iteration: 1, variant: "control", epoch: "00000000000000aa" });
  const context = edgewise.context({ user: "u" }, { sticky: records(512) });
  assert.equal(context.exposure("kept").sticky.length, 512);
  assert.throws(() => edgewise.context({ user: "u" }, { sticky: records(513) }), {
    name: "TypeError",
    message: /^sticky takes at most 512 records, not 513: hand in only those .* edgewise\.experiments$/,
  });
});

test("a forced variant is given and exposes nobody", () => {
  const edgewise = load({ experiments: [experiment("a"), experiment("b")] });
  for (const variant of ["control", "treatment"]) {
    const context = edgewise.context({ user: "u" }, { forced: { a: variant, gone: "control" } });
    const answer = context.variant("a");
    assert.deepEqual([answer.reason, answer.variant, answer.exposure], ["forced", variant, false]);
    assert.deepEqual(context.exposures("a"), []);
    assert.equal(context.variant("b").reason, "assigned");
  }
  assert.equal(edgewise.context({ user: "u" }, { forced: { a: "gone" } }).variant("a").reason, "assigned");
});

test("a nonce draws calls, and a counter has the variants take turns", () => {
  const edgewise = load({
    experiments: [
      experiment("random", { strategy: "random" }),
      experiment("turns", { strategy: "round_robin" }),
    ],
  });
  assert.equal(edgewise.context({ user: "u" }).variant("random").reason, "missing_draw");
  assert.equal(edgewise.context({ user: "u" }).variant("turns").reason, "missing_draw");
  const drawn = Array.from({ length: 64 }, (_, call) => edgewise.context({ user: "u" }, { nonce: `call ${call}` }));
  assert.deepEqual([...new Set(drawn.map((context) => context.variant("random").variant))].sort(), ["control", "treatment"]);
  assert.equal(drawn[0].exposure("random").nonce, "call 0");

  const turn = (counter) => edgewise.context({ user: "u" }, { counters: { turns: counter } });
  assert.deepEqual([0, 1, 2, 2 ** 40 + 1].map((counter) => turn(counter).variant("turns").variant), [
    "control", "treatment", "control", "treatment",
  ]);
  const { bucket, counter, propensity } = turn(3).exposure("turns");
  assert.deepEqual([bucket, counter, propensity], [undefined, 3, 0.5]);
});

test("of each experiment it is known beforehand what a host has to hand in", async () => {
  const rules = [{ condition: equals(["country"], "IN"), variant: "treatment" }];
  const edgewise = load({
    experiments: [
      experiment("by_rule", { strategy: "context", placements: rules }),
      experiment("by_turns", { strategy: "round_robin" }),
      experiment("each_call", { strategy: "random" }),
      experiment("kept", { sticky: true }),
      experiment("plain"),
    ],
  });
  const { experiments } = edgewise;
  assert.deepEqual(
    experiments.map(({ id, sticky, draw }) => [id, sticky, draw]),
    [
      ["by_rule", false, "unit"],
      ["by_turns", false, "counter"],
      ["each_call", false, "nonce"],
      ["kept", true, "unit"],
      ["plain", false, "unit"],
    ],
  );
  // As README.md hands it in: then nobody lacks anything.
  const values = { user: "u" };
  const { variant, epoch, details } = edgewise.context(values).variant("kept");
  const recordsOf = async () => [{ experiment: "kept", iteration: details.iteration, variant, epoch }];
  const nextTurns = async (ids) => Object.fromEntries(ids.map((id) => [id, 7]));
  const turns = experiments.filter(({ draw }) => draw === "counter").map(({ id }) => id);
  const context = edgewise.context(values, {
    ...(experiments.some(({ sticky }) => sticky) && { sticky: await recordsOf(values) }),
    ...(experiments.some(({ draw }) => draw === "nonce") && { nonce: crypto.randomUUID() }),
    ...(turns.length > 0 && { counters: await nextTurns(turns) }),
  });
  const reasons = Object.fromEntries(context.assignments().map(({ experiment, reason }) => [experiment, reason]));
  assert.deepEqual(reasons, { by_rule: "assigned", by_turns: "assigned", each_call: "assigned", kept: "sticky", plain: "assigned" });
});

test("a holdout is exposed by the use of whatever it binds, in either arm", () => {
  const edgewise = load({
    holdouts: [holdout("small", 100_000), holdout("half", 500_000)],
    experiments: [experiment("bound", { holdouts: ["small", "half"] })],
  });
  const asUser = (user) => edgewise.context({ user }, { now: NOW });
  const where = (held) => firstUnit((user) => asUser(user).variant("bound").details.holdout === held);

  const out = asUser(where("half"));
  const answer = out.variant("bound");
  assert.deepEqual([answer.reason, answer.variant, answer.exposure], ["held_out", null, false]);
  assert.equal(out.exposure("bound"), undefined);
  const events = out.exposures("bound");
  assert.deepEqual(
    events.map(({ kind, experiment, variant, reason }) => [kind, experiment, variant, reason]),
    [["holdout", "small", "open", "assigned"], ["holdout", "half", "held_out", "held_out"]],
  );
  assert.ok(events[0].bucket >= 100_000 && events[1].bucket < 500_000);
  assert.match(events[1].epoch, /^[0-9a-f]{16}$/);
  assert.notEqual(events[0].epoch, events[1].epoch);

  assert.deepEqual(asUser(where("small")).exposures("bound").map(({ experiment }) => experiment), ["small"]);
  assert.deepEqual(
    asUser(where(null)).exposures("bound").map(({ kind, variant }) => [kind, kind === "holdout" && variant]),
    [["holdout", "open"], ["holdout", "open"], ["experiment", false]],
  );
  assert.deepEqual(edgewise.context({}).exposures("bound"), []);
  assert.deepEqual(edgewise.context({ user: "u" }).exposures("gone"), []);
});

test("what is graduated exposes the holdout that holds back", () => {
  const edgewise = load({
    holdouts: [holdout("back", 500_000)],
    experiments: [
      experiment("done", { state: "graduated", graduation: { winner: "treatment", hold_back: "back" } }),
    ],
  });
  const reasons = new Set();
  for (let number = 0; number < 64; number++) {
    const context = edgewise.context({ user: `u_${number}` }, { now: NOW });
    const { reason, variant, exposure, details } = context.variant("done");
    reasons.add(reason);
    assert.equal(exposure, false);
    const [event, ...more] = context.exposures("done");
    assert.deepEqual(more, []);
    const held = reason === "held_back";
    assert.deepEqual([variant, details.holdout], held ? ["control", "back"] : ["treatment", null]);
    assert.deepEqual([event.experiment, event.variant], ["back", held ? "held_out" : "open"]);
    assert.equal(event.bucket < 500_000, held);
  }
  assert.deepEqual([...reasons].sort(), ["graduated", "held_back"]);
});

test("the unit of a fallback is named, and is the one in the event", () => {
  const edgewise = load({ experiments: [experiment("either", { sticky: true, fallback: "device" })] });
  const first = edgewise.context({ user: "u", device: "d" }, { now: NOW });
  assert.equal(first.variant("either").details.unit, "user");
  const second = edgewise.context({ device: "d" }, { now: NOW });
  assert.equal(second.variant("either").details.unit, "device");
  const { unit, unit_type: unitType } = second.exposure("either");
  assert.deepEqual([unit, unitType], ["d", "device"]);
});

test("a list of strings is looked into, and any other list is there and no more", () => {
  const targeting = { holds: { attribute: ["tags"], operator: "any", values: ["new", "trial é"] } };
  const edgewise = load({ experiments: [experiment("listed", { targeting }), experiment("there", { targeting: { present: ["tags"] } })] });
  const ask = (tags, id = "listed") => edgewise.context({ user: "u", tags }, { now: NOW });
  const reason = (tags) => ask(tags).variant("listed").reason;
  assert.equal(reason(["old", "trial é"]), "assigned");
  assert.equal(reason([]), "not_targeted");
  assert.equal(reason(["old", "x".repeat(100_000)]), "not_targeted");
  for (const tags of [["new", 1], [["new"]], ["new", "\ud800"]]) assert.equal(reason(tags), "targeting_unknown");
  assert.equal(ask(["new", 1]).variant("there").reason, "assigned");
  assert.deepEqual(ask(["new"]).exposure("listed").attributes, { tags: ["new"] });
  assert.deepEqual(ask(["new", 1]).exposure("there").attributes, { tags: {} });
});

test("contexts that differ in what is handed in do not mix", () => {
  const edgewise = load({ experiments: [experiment("a", { sticky: true })] });
  const plain = edgewise.context({ user: "u" });
  const forced = edgewise.context({ user: "u" }, { forced: { a: "treatment" } });
  const expected = plain.variant("a");
  assert.equal(forced.variant("a").reason, "forced");
  assert.deepEqual(plain.variant("a"), expected);
  assert.equal(forced.variant("a").reason, "forced");
});
