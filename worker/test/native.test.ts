/** Edgewise's own questions: all assignments, explanations, and variants that somebody with the right to do so forces. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { startWorker } from "@edgewise/worker/local/worker";
import { forceToken } from "@edgewise/worker/force";
import { flags, post, until } from "./asking.js";
import { rulesetBytes, userIn } from "./ruleset.js";
import { acknowledging, batchIn, ScriptedServer, servingRuleset } from "./server.js";
import type { SeenEvent } from "./server.js";

const EXPLAIN_KEY = "explain-0123456789abcdef";
const SECRET = "signing-0123456789abcdef";

let control: ScriptedServer;
let collector: ScriptedServer;
let worker: LocalWorker;

before(async () => {
  control = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
  collector = await new ScriptedServer(acknowledging).start();
  worker = await startWorker({
    CONTROL_URL: control.url,
    COLLECTOR_URL: collector.url,
    EXPLAIN_KEYS: EXPLAIN_KEY,
    SIGNING_SECRET: SECRET,
  });
});

after(async () => {
  await worker.stop();
  await control.stop();
  await collector.stop();
});

const shippedOf = (user: string): SeenEvent[] =>
  collector.seen.flatMap((request) => batchIn(request).events).filter(({ units }) => units.user === user);

interface Assigned {
  experiment: string;
  variant: string | null;
  reason: string;
  overrides: Record<string, unknown>;
  exposures: SeenEvent[];
}

async function ask<T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
  const response = await post(`${worker.url}${path}`, body, headers);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as T;
}

test("all assignments of a unit, with what they override and the events to send on use", async () => {
  const user = userIn("treatment");
  const context = { targetingKey: user, country: "IN" };
  const { ruleset, units, assignments } = await ask<{ ruleset: string; units: object; assignments: Assigned[] }>(
    "/v1/assignments",
    { context },
  );
  assert.match(ruleset, /^[0-9a-f]{32}$/);
  assert.deepEqual(units, { user });
  const [checkout, sleeping] = assignments;
  assert.deepEqual([checkout?.experiment, checkout?.variant, checkout?.reason], ["checkout", "treatment", "assigned"]);
  assert.deepEqual(checkout?.overrides, {
    "checkout.color": "green",
    "checkout.express": true,
    "checkout.layout": { columns: 2 },
    "checkout.steps": 2,
  });
  assert.deepEqual(checkout?.exposures.map(({ experiment, variant }) => [experiment, variant]), [["checkout", "treatment"]]);
  assert.deepEqual([sleeping?.variant, sleeping?.reason, sleeping?.overrides], [null, "paused", {}]);
  assert.deepEqual(shippedOf(user), [], "asking exposes nobody");
});

test("a question that cannot be read is refused by name", async () => {
  const wrong = await post(`${worker.url}/v1/assignments`, "{");
  assert.deepEqual([wrong.status, ((await wrong.json()) as { code: string }).code], [400, "parse_error"]);
});

test("an explanation tells each step, to who shows a key for it and to nobody else", async () => {
  const body = { context: { targetingKey: "u_1", country: "FR" }, experiment: "checkout" };
  const key = { authorization: `Bearer ${EXPLAIN_KEY}` };
  const { answer, steps } = await ask<{ answer: Assigned; steps: { step: string }[] }>("/v1/explain", body, key);
  assert.deepEqual([answer.experiment, answer.reason], ["checkout", "not_targeted"]);
  assert.ok(steps.length > 0 && steps.every(({ step }) => typeof step === "string"));
  const flag = await ask<{ answer: { value: unknown }; steps: object[] }>(
    "/v1/explain",
    { context: { plan: "pro" }, flag: "banner" },
    key,
  );
  assert.equal(flag.answer.value, true);
  for (const headers of [{}, { "x-api-key": `${EXPLAIN_KEY}x` }]) {
    assert.equal((await post(`${worker.url}/v1/explain`, body, headers)).status, 401);
  }
  assert.equal((await post(`${worker.url}/v1/explain`, { context: {} }, key)).status, 400);
});

const inOneHour = (): number => Math.floor(Date.now() / 1000) + 3600;

async function colorOf(user: string, query: string, headers: Record<string, string> = {}): Promise<[unknown, unknown]> {
  const response = await post(`${flags(worker.url, "checkout.color")}${query}`, { context: { targetingKey: user, country: "IN" } }, headers);
  const { value, metadata } = (await response.json()) as { value: unknown; metadata: { assignment: unknown } };
  return [value, metadata.assignment];
}

test("a signed link forces a variant by the URL, a header or a cookie, and exposes nobody", async () => {
  const user = userIn("control", 7);
  const token = forceToken({ checkout: "treatment" }, inOneHour(), SECRET);
  assert.deepEqual(await colorOf(user, `?edgewise_force=${token}`), ["green", "forced"]);
  assert.deepEqual(await colorOf(user, "", { "x-edgewise-force": token }), ["green", "forced"]);
  assert.deepEqual(await colorOf(user, "", { cookie: `a=b; edgewise_force=${token}; c=d` }), ["green", "forced"]);
  const last = userIn("control", 8);
  assert.deepEqual(await colorOf(last, ""), ["grey", "assigned"]);
  await until("the exposure of another", () => shippedOf(last).length > 0);
  assert.deepEqual(shippedOf(user), []);
});

test("a link of somebody else, an altered one and one whose time is up force nothing", async () => {
  const user = userIn("control", 9);
  const sound = forceToken({ checkout: "treatment" }, inOneHour(), SECRET);
  const [payload, signature] = sound.split(".");
  const other = Buffer.from('{"forced":{"checkout":"treatment"},"until":9999999999}').toString("base64url");
  for (const token of [
    forceToken({ checkout: "treatment" }, inOneHour(), `${SECRET}x`),
    forceToken({ checkout: "treatment" }, Math.floor(Date.now() / 1000) - 1, SECRET),
    `${other}.${signature}`,
    `${payload}.`,
    `${payload}`,
    `${sound}.more`,
    "%25.%25",
    "",
  ]) {
    assert.deepEqual(await colorOf(user, `?edgewise_force=${token}`), ["grey", "assigned"], token);
  }
});

test("the command makes a link that the worker takes", async () => {
  const force = fileURLToPath(new URL("../../bin/force.mjs", import.meta.url));
  const page = `${flags(worker.url, "checkout.color")}?page=1`;
  const environment = { ...process.env, SIGNING_SECRET: SECRET };
  const link = execFileSync(process.execPath, [force, page, "checkout=treatment", "--hours", "2"], { encoding: "utf8", env: environment });
  const { search } = new URL(link.trim());
  assert.deepEqual(await colorOf(userIn("control", 10), search), ["green", "forced"]);
});
