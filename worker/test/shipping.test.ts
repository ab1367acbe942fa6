/** Events on their way to a collector that is slow, busy, failing or away. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { startWorker } from "@edgewise/worker/local/worker";
import { flags, post, postAndLeave, until } from "./asking.js";
import { rulesetBytes, userIn } from "./ruleset.js";
import type { SeenBatch } from "./server.js";
import { acknowledging, batchIn, ScriptedServer, servingRuleset } from "./server.js";

let control: ScriptedServer;
let collector: ScriptedServer;
let worker: LocalWorker;

beforeEach(async () => {
  control = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
  collector = await new ScriptedServer(acknowledging).start();
  worker = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: collector.url });
});

afterEach(async () => {
  await worker.stop();
  await control.stop();
  await collector.stop();
});

const batches = (): SeenBatch[] => collector.seen.map(batchIn);

function track(id: string, more: object = {}): object {
  return { id, type: "track", ts: "2026-11-21T08:00:00.000Z", units: { user: "u_1" }, name: "signup", ...more };
}

function send(events: unknown[], more: object = {}): Promise<Response> {
  return post(`${worker.url}/v1/events`, { batch_id: "client", sent_at: new Date().toISOString(), events, ...more });
}

async function counts(): Promise<{ waiting: number; delivered: number; refused: number; dropped: number }> {
  const { events } = (await (await fetch(`${worker.url}/healthz`)).json()) as {
    events: Awaited<ReturnType<typeof counts>>;
  };
  return events;
}

test("no answer waits for the collector", async () => {
  collector.behaviour = () => new Promise(() => undefined);
  assert.equal((await send([track("one")])).status, 202);
  await until("the collector to hang", () => collector.seen.length === 1);
  // The collector holds its first request for ever: answers that waited for it would never come.
  assert.equal((await send([track("two")])).status, 202);
  const answer = await post(flags(worker.url, "checkout.color"), {
    context: { targetingKey: userIn("treatment"), country: "IN" },
  });
  assert.equal(((await answer.json()) as { value: string }).value, "green");
});

test("events that come close together travel in one batch", async () => {
  await Promise.all(Array.from({ length: 20 }, (_, index) => send([track(`event ${index}`)])));
  await until("all events", async () => (await counts()).delivered === 20);
  assert.ok(batches().length < 20, `20 events took ${batches().length} batches`);
});

for (const status of [408, 429, 500, 503]) {
  test(`status ${status} is tried again with the same batch, ids and all`, async () => {
    let refusals = 2;
    collector.behaviour = (request) => (refusals-- > 0 ? { status } : acknowledging(request));
    await send([track("one"), track("two")]);
    await until("the acknowledgement", async () => (await counts()).delivered === 2);
    const [first, ...retries] = batches();
    assert.equal(retries.length, 2);
    for (const retry of retries) {
      assert.equal(retry.batch_id, first?.batch_id);
      assert.deepEqual(retry.events, first?.events);
    }
  });
}

test("Retry-After is kept", async () => {
  let refusals = 1;
  const at: number[] = [];
  collector.behaviour = (request) => {
    at.push(Date.now());
    return refusals-- > 0 ? { status: 429, headers: { "retry-after": "2" } } : acknowledging(request);
  };
  await send([track("one")]);
  await until("the acknowledgement", async () => (await counts()).delivered === 1);
  assert.ok((at[1] ?? 0) - (at[0] ?? 0) >= 1_990, `came back after ${(at[1] ?? 0) - (at[0] ?? 0)} ms`);
});

for (const status of [400, 403, 413]) {
  test(`status ${status} is not tried again`, async () => {
    collector.behaviour = () => ({ status });
    await send([track("one")]);
    await until("the refusal", async () => (await counts()).refused === 1);
    collector.behaviour = acknowledging;
    await send([track("two")]);
    await until("the next batch", async () => (await counts()).delivered === 1);
    assert.deepEqual(
      batches().map(({ events }) => events.map(({ id }) => id)),
      [["one"], ["two"]],
    );
  });
}

test("an exposure that was refused for good counts as not told", async () => {
  const context = { targetingKey: userIn("treatment"), country: "IN" };
  collector.behaviour = () => ({ status: 400 });
  await post(flags(worker.url, "checkout.color"), { context });
  await until("the refusal", async () => (await counts()).refused === 1);
  collector.behaviour = acknowledging;
  await post(flags(worker.url, "checkout.color"), { context });
  await until("the exposure", async () => (await counts()).delivered === 1);
});

test("an answer without a receipt is no acknowledgement", async () => {
  let strangers = 1;
  collector.behaviour = (request) =>
    strangers-- > 0 ? { status: 200, body: "<h1>Welcome</h1>" } : acknowledging(request);
  await send([track("one")]);
  await until("the acknowledgement", async () => (await counts()).delivered === 1);
  assert.equal(batches().length, 2);
});

test("events wait for a collector that is away", async () => {
  await collector.stop();
  for (let index = 0; index < 5; index++) await send([track(`event ${index}`)]);
  await sleep(500);
  assert.equal((await counts()).waiting, 5);
  await collector.start();
  await until("the events", async () => (await counts()).delivered === 5);
  const ids = batches().flatMap(({ events }) => events.map(({ id }) => id));
  assert.deepEqual(new Set(ids), new Set(["event 0", "event 1", "event 2", "event 3", "event 4"]));
});

test("a client that leaves takes no events along", async () => {
  let refusals = 2;
  collector.behaviour = (request) => (refusals-- > 0 ? { status: 503 } : acknowledging(request));
  await postAndLeave(`${worker.url}/v1/events`, JSON.stringify({ events: [track("left behind")] }));
  await until("the event, although nobody asks the worker for anything", () => collector.seen.length === 3);
});

test("when the queue is full, clients are asked to come back", async () => {
  collector.behaviour = () => new Promise(() => undefined);
  const thousand = (round: number): object[] => Array.from({ length: 1_000 }, (_, index) => track(`${round}.${index}`));
  for (let round = 0; round < 10; round++) assert.equal((await send(thousand(round))).status, 202);
  const full = await send(thousand(10));
  assert.equal(full.status, 429);
  assert.ok(Number(full.headers.get("retry-after")) > 0);
});

test("events are checked one by one, and the sound ones are taken", async () => {
  const response = await send([
    track("sound"),
    "no object",
    track(""),
    { ...track("untyped"), type: "purchase" },
    { ...track("timeless"), ts: undefined },
    { ...track("unitless"), units: "u_1" },
    { ...track("nameless"), name: undefined },
    { ...track("exposure"), type: "exposure", experiment: "checkout" },
  ]);
  assert.equal(response.status, 202);
  const { accepted, rejected } = (await response.json()) as {
    accepted: number;
    rejected: { id: string | null; code: string; message: string }[];
  };
  assert.equal(accepted, 1);
  assert.deepEqual(
    rejected.map(({ id, code }) => [id, code]),
    [
      [null, "wrong_type"],
      [null, "wrong_type"],
      ["untyped", "wrong_type"],
      ["timeless", "missing_field"],
      ["unitless", "wrong_type"],
      ["nameless", "missing_field"],
      ["exposure", "missing_field"],
    ],
  );
  assert.match(rejected[2]?.message ?? "", /`type` must be one of exposure, track/);
  await until("the sound one", async () => (await counts()).delivered === 1);
});

test("a body that is no batch is refused whole", async () => {
  const events = `${worker.url}/v1/events`;
  for (const body of ["{", "[]", '{"events": {}}', "null"]) assert.equal((await post(events, body)).status, 400, body);
  assert.equal((await send(Array.from({ length: 1_001 }, (_, index) => track(`${index}`)))).status, 413);
  assert.equal((await send([track("huge", { properties: { text: "x".repeat(1_100_000) } })])).status, 413);
});

test("a body of text/plain is taken, as browsers send it without a preflight", async () => {
  const body = JSON.stringify({ batch_id: "beacon", events: [track("beacon")] });
  const response = await fetch(`${worker.url}/v1/events`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body,
  });
  assert.equal(response.status, 202);
  await until("the event", async () => (await counts()).delivered === 1);
});

test("a client's wrong clock travels with its events, however long they waited", async () => {
  const behind = 3_600_000;
  await send([track("right")]);
  await send([track("late")], { sent_at: new Date(Date.now() - behind).toISOString() });
  await until("both", async () => (await counts()).delivered === 2);
  const errors = new Map(
    collector.seen
      .map(batchIn)
      .map(({ sent_at, events }) => [events[0]?.id, Date.now() - Date.parse(sent_at)] as const),
  );
  assert.ok((errors.get("right") ?? Infinity) < 10_000);
  assert.ok(Math.abs((errors.get("late") ?? 0) - behind) < 10_000);
});
