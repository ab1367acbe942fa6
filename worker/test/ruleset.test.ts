/** Where the ruleset comes from, and what happens when it does not come. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { startWorker } from "@edgewise/worker/local/worker";
import { flags, post, postAndLeave, until } from "./asking.js";
import { rulesetBytes } from "./ruleset.js";
import { acknowledging, ScriptedServer, servingRuleset } from "./server.js";

let control: ScriptedServer;
let collector: ScriptedServer;
let worker: LocalWorker;

beforeEach(async () => {
  control = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
  collector = await new ScriptedServer(acknowledging).start();
  worker = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: collector.url, RULESET_REFRESH_SECONDS: "1" });
});

afterEach(async () => {
  await worker.stop();
  await control.stop();
  await collector.stop();
});

/** The value of the flag `banner`, which tells the rulesets apart; undefined where there is none. */
async function banner(): Promise<unknown> {
  const response = await post(flags(worker.url, "banner"), { context: { targetingKey: "u_1" } });
  return ((await response.json()) as { value?: unknown }).value;
}

test("requests that arrive together on a cold isolate share one download", async () => {
  control.behaviour = async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return servingRuleset(rulesetBytes(), '"one"')(request);
  };
  const answers = await Promise.all(Array.from({ length: 25 }, banner));
  assert.deepEqual(new Set(answers), new Set([false]));
  assert.equal(control.seen.length, 1);
});

test("a client that leaves while the first ruleset is on its way leaves the others an answer", async () => {
  control.behaviour = async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return servingRuleset(rulesetBytes(), '"one"')(request);
  };
  const [, ...answers] = await Promise.all([
    postAndLeave(flags(worker.url, "banner"), "{}"),
    ...Array.from({ length: 3 }, banner),
  ]);
  assert.deepEqual(answers, [false, false, false]);
});

test("an unchanged ruleset is asked for by its ETag and not sent again", async () => {
  await banner();
  await until("a refresh", async () => (await banner()) === false && control.seen.length >= 2);
  assert.equal(control.seen[0]?.headers["if-none-match"], undefined);
  assert.equal(control.seen[1]?.headers["if-none-match"], '"one"');
});

test("a changed ruleset is picked up", async () => {
  assert.equal(await banner(), false);
  control.behaviour = servingRuleset(rulesetBytes(true), '"two"');
  await until("the new ruleset", async () => (await banner()) === true);
});

test("answers go on while rulesets come and go", async () => {
  const values = new Set<unknown>();
  let on = false;
  let etag = 0;
  for (const end = Date.now() + 3_500; Date.now() < end;) {
    const seen = await Promise.all(Array.from({ length: 10 }, banner));
    for (const value of seen) values.add(value);
    if (seen[0] === on) control.behaviour = servingRuleset(rulesetBytes((on = !on)), `"${++etag}"`);
  }
  assert.deepEqual(values, new Set([false, true]), "never an error");
});

test("a stale ruleset answers at once while a slow control server is asked behind it", async () => {
  assert.equal(await banner(), false);
  control.behaviour = () => new Promise(() => undefined);
  await until("a refresh that hangs", async () => (await banner()) === false && control.seen.length >= 2);
  const before = control.seen.length;
  assert.deepEqual(
    await Promise.all(Array.from({ length: 10 }, banner)),
    Array.from({ length: 10 }, () => false),
  );
  assert.equal(control.seen.length, before, "one refresh at a time");
});

const BAD: Record<string, () => { status: number; body?: Uint8Array }> = {
  "a truncated ruleset": () => ({ status: 200, body: rulesetBytes(true).subarray(0, 100) }),
  "an altered ruleset": () => ({
    status: 200,
    body: rulesetBytes(true).map((byte, index) => (index === 60 ? byte ^ 1 : byte)),
  }),
  "an empty answer": () => ({ status: 200, body: new Uint8Array() }),
  "an error of the control server": () => ({ status: 500 }),
};

for (const [what, reply] of Object.entries(BAD)) {
  test(`${what} leaves the last good ruleset in place, and the next good one is taken`, async () => {
    assert.equal(await banner(), false);
    control.behaviour = reply;
    const health = await until("the problem to show", async () => {
      const seen = (await (await fetch(`${worker.url}/healthz`)).json()) as { ruleset: string; problem: string | null };
      return seen.problem !== null && seen;
    });
    assert.match(health.ruleset, /^[0-9a-f]{32}$/);
    assert.equal(await banner(), false);
    control.behaviour = servingRuleset(rulesetBytes(true), '"two"');
    await until("recovery", async () => (await banner()) === true);
  });
}

test("a control server that is away leaves the last good ruleset in place", async () => {
  assert.equal(await banner(), false);
  await control.stop();
  await until("a failed refresh", async () => {
    const { problem } = (await (await fetch(`${worker.url}/healthz`)).json()) as { problem: string | null };
    return problem !== null;
  });
  assert.equal(await banner(), false);
});

test("without any ruleset the answer is 503 in OFREP's words, and it heals", async () => {
  control.behaviour = () => ({ status: 200, body: "no ruleset" });
  const one = await post(flags(worker.url, "banner"), { context: {} });
  assert.equal(one.status, 503);
  assert.ok(one.headers.get("retry-after"));
  const failure = (await one.json()) as Record<string, string>;
  assert.equal(failure.key, "banner");
  assert.equal(failure.errorCode, "GENERAL");
  assert.match(failure.errorDetails ?? "", /no ruleset to answer with/);
  assert.ok(!failure.errorDetails?.includes(control.url), "where the control server is is nobody's business");
  const all = await post(flags(worker.url), { context: {} });
  assert.equal(all.status, 503);
  assert.equal(((await all.json()) as Record<string, string>).errorCode, "GENERAL");

  control.behaviour = servingRuleset(rulesetBytes(), '"one"');
  await until("a first ruleset", async () => (await banner()) === false);
});

test("a targeting unit that the ruleset does not know refuses the ruleset by name", async () => {
  const wrong = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: collector.url, TARGETING_UNIT: "tenant" });
  try {
    const response = await post(flags(wrong.url), { context: {} });
    assert.equal(response.status, 503);
    assert.match(
      await response.text(),
      /TARGETING_UNIT is \\"tenant\\", but the ruleset's unit types are user, device/,
    );
  } finally {
    await wrong.stop();
  }
});

test("a missing or wrong variable is named", async () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ COLLECTOR_URL: collector.url }, /CONTROL_URL is not set/],
    [{ CONTROL_URL: control.url, COLLECTOR_URL: "collector" }, /COLLECTOR_URL is .*collector.*not a URL/],
    [
      { CONTROL_URL: control.url, COLLECTOR_URL: collector.url, RULESET_REFRESH_SECONDS: "0" },
      /RULESET_REFRESH_SECONDS/,
    ],
  ];
  for (const [environment, message] of cases) {
    const wrong = await startWorker(environment);
    try {
      const response = await post(flags(wrong.url), { context: {} });
      assert.equal(response.status, 500);
      const failure = (await response.json()) as Record<string, string>;
      assert.equal(failure.errorCode, "GENERAL");
      assert.match(failure.errorDetails ?? "", message);
    } finally {
      await wrong.stop();
    }
  }
});
