/** The protocol over bare HTTP: shapes, headers, exposures. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { startWorker } from "@edgewise/worker/local/worker";
import { flags, post, until } from "./asking.js";
import { rulesetBytes, userIn } from "./ruleset.js";
import { acknowledging, batchIn, ScriptedServer, servingRuleset } from "./server.js";
import type { SeenEvent } from "./server.js";

interface Evaluated {
  key: string;
  value?: unknown;
  reason?: string;
  variant?: string;
  errorCode?: string;
  errorDetails?: string;
  metadata: Record<string, string | number | boolean>;
}

let control: ScriptedServer;
let collector: ScriptedServer;
let worker: LocalWorker;
let nextUser = 0;

before(async () => {
  control = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
  collector = await new ScriptedServer(acknowledging).start();
  worker = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: collector.url });
});

after(async () => {
  await worker.stop();
  await control.stop();
  await collector.stop();
});

beforeEach(() => {
  nextUser += 1;
});

/** A user of a variant whom no other test has asked for. */
const fresh = (variant: string): string => userIn(variant, nextUser);

const shipped = (): SeenEvent[] => collector.seen.flatMap((request) => batchIn(request).events);
const shippedOf = (user: string): SeenEvent[] => shipped().filter(({ units }) => units.user === user);

async function evaluate(
  key: string,
  context: object,
  headers?: Record<string, string>,
): Promise<Evaluated & { status: number }> {
  const response = await post(flags(worker.url, key), { context }, headers);
  return { status: response.status, ...((await response.json()) as Evaluated) };
}

/** Sends a marker event through and waits for it, so that everything queued before has arrived as well. */
async function flushed(): Promise<void> {
  const id = crypto.randomUUID();
  const event = { id, type: "track", ts: new Date().toISOString(), units: { user: "marker" }, name: "marker" };
  assert.equal((await post(`${worker.url}/v1/events`, { batch_id: id, events: [event] })).status, 202);
  await until("the marker", () => shipped().some((seen) => seen.id === id));
}

test("reasons tell what decided", async () => {
  const country = "IN";
  const taken = await evaluate("checkout.color", { targetingKey: fresh("treatment"), country });
  assert.deepEqual([taken.status, taken.value, taken.reason, taken.variant], [200, "green", "SPLIT", "treatment"]);
  assert.equal(taken.metadata.experiment, "checkout");
  assert.equal(taken.metadata.assignment, "assigned");
  assert.match(String(taken.metadata.version), /^[0-9a-f]{32}$/);
  assert.match(String(taken.metadata.epoch), /^[0-9a-f]{16}$/);

  const elsewhere = await evaluate("checkout.color", { targetingKey: "u_1", country: "FR" });
  assert.deepEqual([elsewhere.value, elsewhere.reason, elsewhere.variant], ["blue", "DEFAULT", undefined]);
  assert.equal(elsewhere.metadata.assignment, "not_targeted");

  const paused = await evaluate("search.ranking", { targetingKey: "u_1" });
  assert.deepEqual([paused.value, paused.reason, paused.metadata.assignment], ["old", "DISABLED", "paused"]);

  const rule = await evaluate("banner", { plan: "pro" });
  assert.deepEqual([rule.value, rule.reason, rule.metadata.rule], [true, "TARGETING_MATCH", 0]);
  const plain = await evaluate("banner", {});
  assert.deepEqual([plain.value, plain.reason], [false, "DEFAULT"]);
});

test("a variant that does not name the flag leaves its default and is exposed all the same", async () => {
  const user = fresh("control");
  const answer = await evaluate("checkout.steps", { targetingKey: user, country: "US" });
  assert.deepEqual([answer.value, answer.reason, answer.variant], [3, "SPLIT", "control"]);
  await flushed();
  assert.deepEqual(
    shippedOf(user).map(({ experiment, variant }) => [experiment, variant]),
    [["checkout", "control"]],
  );
});

test("what cannot be evaluated says why, in a shape that clients accept", async () => {
  const cases: [key: string, body: unknown, status: number, code: string, details: RegExp][] = [
    [
      "checkout.color",
      { context: { country: "IN" } },
      400,
      "TARGETING_KEY_MISSING",
      /experiment checkout draws by user/,
    ],
    ["checkout.color", { context: { country: "IN", targetingKey: "" } }, 400, "TARGETING_KEY_MISSING", /targetingKey/],
    [
      "checkout.color",
      { context: { country: "IN", targetingKey: "x".repeat(1025) } },
      400,
      "INVALID_CONTEXT",
      /1 to 1024 bytes/,
    ],
    ["checkout.color", { context: { country: "IN", targetingKey: [] } }, 400, "INVALID_CONTEXT", /1 to 1024 bytes/],
    ["checkout.color", "{", 400, "PARSE_ERROR", /not JSON/],
    ["checkout.color", { context: "IN" }, 400, "INVALID_CONTEXT", /must be an object/],
    ["checkout.color", [], 400, "INVALID_CONTEXT", /must be an object/],
    ["no such/flag", { context: {} }, 404, "FLAG_NOT_FOUND", /holds no flag "no such\/flag"/],
    ["constructor", { context: {} }, 404, "FLAG_NOT_FOUND", /holds no flag/],
  ];
  for (const [key, body, status, code, details] of cases) {
    const response = await post(flags(worker.url, encodeURIComponent(key)), body);
    const failure = (await response.json()) as Evaluated;
    assert.deepEqual([response.status, failure.key, failure.errorCode], [status, key, code]);
    assert.match(failure.errorDetails ?? "", details);
    assert.match(response.headers.get("content-type") ?? "", /application\/json/);
  }
});

test("the unit's own name serves where there is no targeting key", async () => {
  const answer = await evaluate("checkout.color", { user: fresh("treatment"), country: "IN" });
  assert.equal(answer.value, "green");
});

test("TARGETING_UNIT says whose id the targeting key is", async () => {
  const devices = await startWorker({
    CONTROL_URL: control.url,
    COLLECTOR_URL: collector.url,
    TARGETING_UNIT: "device",
  });
  try {
    const ask = async (context: object): Promise<Evaluated> =>
      (await (await post(flags(devices.url, "checkout.color"), { context })).json()) as Evaluated;
    const unnamed = await ask({ targetingKey: "d_1", country: "IN" });
    assert.deepEqual([unnamed.value, unnamed.metadata.assignment], ["blue", "missing_unit"]);
    const user = fresh("treatment");
    assert.equal((await ask({ targetingKey: "d_1", user, country: "IN" })).value, "green");
    await until("the exposure", () => shippedOf(user).length === 1);
    assert.deepEqual(shippedOf(user)[0]?.units, { user, device: "d_1" });
  } finally {
    await devices.stop();
  }
});

test("a single evaluation exposes once, however often it is repeated", async () => {
  const user = fresh("treatment");
  const context = { targetingKey: user, device: "d_1", country: "IN", email: "somebody@example.com" };
  for (let time = 0; time < 3; time++) await evaluate("checkout.color", context);
  await evaluate("checkout.express", context);
  await flushed();
  const [exposure, ...more] = shippedOf(user) as (SeenEvent & Record<string, unknown>)[];
  assert.equal(more.length, 0);
  assert.equal(exposure?.type, "exposure");
  assert.deepEqual([exposure?.experiment, exposure?.variant, exposure?.reason], ["checkout", "treatment", "assigned"]);
  assert.deepEqual(exposure?.units, { user, device: "d_1" });
  assert.deepEqual(exposure?.attributes, { country: "IN" }, "only what a replay needs");
});

test("a single evaluation that asks not to expose does not", async () => {
  const user = fresh("treatment");
  const answer = await evaluate(
    "checkout.color",
    { targetingKey: user, country: "IN" },
    { "x-edgewise-exposure": "none" },
  );
  assert.equal(answer.value, "green");
  await flushed();
  assert.deepEqual(shippedOf(user), []);
});

test("a bulk evaluation exposes nobody, and what it hands back redeems once", async () => {
  const user = fresh("treatment");
  const response = await post(flags(worker.url), { context: { targetingKey: user, country: "IN" } });
  const { flags: all, metadata } = (await response.json()) as { flags: Evaluated[]; metadata: Record<string, string> };
  assert.deepEqual(
    all.map(({ key, value, reason }) => [key, value, reason]),
    [
      ["banner", false, "DEFAULT"],
      ["checkout.color", "green", "SPLIT"],
      ["checkout.express", true, "SPLIT"],
      ["checkout.layout", { columns: 2 }, "SPLIT"],
      ["checkout.steps", 2, "SPLIT"],
      ["search.ranking", "old", "DISABLED"],
    ],
  );
  await flushed();
  assert.deepEqual(shippedOf(user), []);

  const handedBack = all.flatMap(({ metadata: { exposures } }) => (typeof exposures === "string" ? [exposures] : []));
  assert.equal(handedBack.length, 4);
  assert.equal(new Set(handedBack).size, 1, "one exposure for the four flags of one experiment");
  const [exposures] = handedBack;
  for (const _ of [1, 2]) {
    const redeemed = await fetch(metadata.eventsUrl ?? "", {
      method: "POST",
      body: `{"batch_id":"b","events":${exposures}}`,
    });
    assert.equal(redeemed.status, 202);
  }
  await flushed();
  assert.deepEqual(
    shippedOf(user).map(({ id }) => id),
    (JSON.parse(exposures ?? "") as SeenEvent[]).map(({ id }) => id),
  );
});

test("a bulk evaluation without a targeting key fails for the flags that need one, and only for them", async () => {
  const response = await post(flags(worker.url), { context: { country: "IN", plan: "pro" } });
  assert.equal(response.status, 200);
  const { flags: all } = (await response.json()) as { flags: Evaluated[] };
  const byKey = new Map(all.map((flag) => [flag.key, flag]));
  assert.equal(byKey.get("checkout.color")?.errorCode, "TARGETING_KEY_MISSING");
  assert.equal(byKey.get("banner")?.value, true);
  assert.equal(byKey.get("search.ranking")?.value, "old");
});

test("the ETag of a bulk evaluation is that of its result", async () => {
  const context = { targetingKey: fresh("treatment"), country: "IN" };
  const ask = (context: object, etag: string): Promise<Response> =>
    post(flags(worker.url), { context }, { "if-none-match": etag });
  const etag = (await post(flags(worker.url), { context })).headers.get("etag") ?? "";
  assert.match(etag, /^W\/"[0-9a-f]{32}"$/);

  const same = await ask(context, etag);
  assert.deepEqual([same.status, await same.text(), same.headers.get("etag")], [304, "", etag]);
  assert.equal((await ask({ ...context, unrelated: 1 }, etag)).status, 304);
  assert.equal((await ask(context, `"other", ${etag}`)).status, 304);
  assert.equal((await ask({ ...context, country: "FR" }, etag)).status, 200);
  assert.equal((await ask({ ...context, country: "US" }, etag)).status, 200, "another exposure would be handed back");
  assert.equal((await ask({ ...context, targetingKey: fresh("control") }, etag)).status, 200);
});

test("pages of other origins may ask, and see ETag and Retry-After", async () => {
  const preflight = await fetch(flags(worker.url), {
    method: "OPTIONS",
    headers: {
      origin: "https://shop.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,if-none-match",
    },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
  assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /content-type.*if-none-match/);
  for (const response of [await post(flags(worker.url), { context: {} }), await post(flags(worker.url, "nope"), {})]) {
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.match(response.headers.get("access-control-expose-headers") ?? "", /ETag.*Retry-After/);
  }
});

test("other paths and methods are refused with the way out", async () => {
  const lost = await fetch(`${worker.url}/flags`);
  assert.equal(lost.status, 404);
  assert.match(await lost.text(), /try POST \/ofrep\/v1\/evaluate\/flags/);
  const got = await fetch(flags(worker.url));
  assert.deepEqual([got.status, got.headers.get("allow")], [405, "POST, OPTIONS"]);
});
