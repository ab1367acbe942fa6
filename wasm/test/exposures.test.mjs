import assert from "node:assert/strict";
import { test } from "node:test";
import { Edgewise, uuidv7 } from "edgewise";
import { experiment, firstUnit, NOW, SEED, SHOP } from "./fixture.mjs";

const UUIDV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const shop = Edgewise.loadSync(Edgewise.compile(SHOP));
const targeted = { country: "IN", app: { version: "2.5.1" } };
const asUser = (user) => shop.context({ user, device: 7, plan: "pro", ...targeted }, { now: NOW });

test("an exposure carries what its replay needs, and nothing private beside it", () => {
  const user = firstUnit((id) => asUser(id).variant("rag_timing").variant === "parallel");
  const { id, ...event } = asUser(user).exposure("rag_timing");
  assert.match(id, UUIDV7);
  assert.deepEqual(event, {
    type: "exposure",
    ts: "2026-01-05T00:00:00.000Z",
    tenant: "acme",
    units: { user, device: "7" },
    kind: "experiment",
    experiment: "rag_timing",
    variant: "parallel",
    reason: "assigned",
    bucket: asUser(user).variant("rag_timing").bucket,
    epoch: shop.experiments[2].epoch,
    ruleset: shop.digest,
    evaluated_at: "2026-01-05T00:00:00.000Z",
    unit_type: "user",
    unit: user,
    attributes: { "app.version": "2.5.1", country: "IN" },
    propensity: 0.5,
  });
});

test("an answer whose use is no exposure has no event", () => {
  assert.equal(asUser("u").exposure("paused"), undefined);
  assert.equal(asUser("u").exposure("nobody"), undefined);
  assert.equal(shop.context({ user: "u" }).exposure("rag_timing"), undefined);
});

test("the moment of use can be given, and is this one by default", () => {
  const later = asUser("u").exposure("checkout", NOW + 1500);
  assert.equal(later.ts, "2026-01-05T00:00:01.500Z");
  assert.equal(later.evaluated_at, "2026-01-05T00:00:00.000Z");
  const before = Date.now();
  const now = Date.parse(shop.context({ user: "u" }).exposure("checkout").ts);
  assert.ok(before <= now && now <= Date.now());
});

test("invalid ids of other unit types are left out", () => {
  const context = shop.context({ user: 42, device: "\ud800" }, { now: NOW });
  assert.deepEqual(context.exposure("checkout").units, { user: "42" });
});

test("absent attributes are null, and what no condition looks into is an empty object", () => {
  const any = { or: [{ constant: true }, ...["a", "b", "c", "d", "e"].map((name) => ({ present: [name] }))] };
  const document = { seed: SEED, units: ["user"], experiments: [experiment("any", { targeting: any })], flags: [] };
  const edgewise = Edgewise.loadSync(Edgewise.compile(document));
  const { attributes } = edgewise.context({ user: "u", a: null, b: NaN, c: "\ud800", d: false }).exposure("any");
  assert.deepEqual(attributes, { a: null, b: {}, c: {}, d: false, e: null });
});

test("ids are UUIDv7: ordered by time, and different within a millisecond", () => {
  const ids = Array.from({ length: 100 }, () => uuidv7(NOW));
  assert.equal(new Set(ids).size, 100);
  for (const id of ids) assert.match(id, UUIDV7);
  // By GNU date: printf '%012x' "$(date -u -d 2026-01-05 +%s)000"
  assert.equal(ids[0].slice(0, 13), "019b8b74-1800");
  assert.ok(uuidv7(NOW) < uuidv7(NOW + 1));
});
