// The rules by which every host ships events, against a server that answers what collectors and others answer.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Edgewise } from "edgewise";
import { backoffMs, bodyOf, deliver, eventOf, exposureKey, ExposureWindow, Redelivery } from "edgewise/delivery";
import { firstUnit, NOW, SHOP } from "./fixture.mjs";

let server;
let url;
let reply;
const seen = [];

before(async () => {
  server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    seen.push(JSON.parse(Buffer.concat(chunks).toString()));
    const { status, headers = {}, body = "" } = reply(seen.length);
    response.writeHead(status, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}/v1/events`;
});

after(() => new Promise((resolve) => server.close(resolve)));

const receipt = (rejected = []) => ({ status: 202, body: JSON.stringify({ accepted: 1, duplicate: [], rejected }) });
const attempt = () => deliver(url, bodyOf("b", '{"id":"e"}', NOW), {});

test("what an answer means: done, never, or later and when", async () => {
  const inAMinute = new Date(Date.now() + 60_000).toUTCString();
  const cases = [
    [receipt(), { kind: "acknowledged", rejected: 0 }],
    [receipt([{ id: "e" }]), { kind: "acknowledged", rejected: 1 }],
    [{ status: 400 }, { kind: "refused", problem: "status 400" }],
    [{ status: 401 }, { kind: "refused", problem: "status 401" }],
    [{ status: 413 }, { kind: "refused", problem: "status 413" }],
    [{ status: 408 }, { kind: "later", problem: "status 408", retryAfterMs: 0 }],
    [{ status: 500 }, { kind: "later", problem: "status 500", retryAfterMs: 0 }],
    [{ status: 503, headers: { "retry-after": "nonsense" } }, { kind: "later", problem: "status 503", retryAfterMs: 0 }],
    [{ status: 429, headers: { "retry-after": "7" } }, { kind: "later", problem: "status 429", retryAfterMs: 7_000 }],
  ];
  for (const [answer, outcome] of cases) {
    reply = () => answer;
    assert.deepEqual(await attempt(), outcome, JSON.stringify(answer));
  }
  reply = () => ({ status: 429, headers: { "retry-after": inAMinute } });
  const { kind, retryAfterMs } = await attempt();
  assert.equal(kind, "later");
  assert.ok(retryAfterMs > 30_000 && retryAfterMs <= 60_000, `${retryAfterMs}`);
});

test("an answer without a receipt is no acknowledgement, and neither is none", async () => {
  for (const body of ["<h1>Welcome to our hotel</h1>", "", "{}", '{"rejected":1}']) {
    reply = () => ({ status: 200, body });
    assert.equal((await attempt()).kind, "later", body);
  }
  assert.equal((await deliver("http://127.0.0.1:9/", "{}", {})).kind, "later");
});

test("the wait grows twofold to its cap, half of it at random", () => {
  const backoff = { baseMs: 1_000, capMs: 30_000 };
  const bounds = [0, 1, 2, 3, 4, 5, 6, 60].map((failures) => [backoffMs(failures, backoff, 0), backoffMs(failures, backoff, 1)]);
  assert.deepEqual(bounds, [1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => [seconds * 500, seconds * 1_000]));
});

test("a batch stays the same until it is settled, and what was dropped meanwhile counts for nothing", async () => {
  const waiting = ["one", "two"];
  const settled = [];
  const sent = [];
  const outcomes = [{ kind: "later", problem: "", retryAfterMs: 3_600_000 }, { kind: "acknowledged", rejected: 1 }, { kind: "refused", problem: "" }];
  const redelivery = new Redelivery({
    next: () => waiting.shift(),
    send: async (batch) => (sent.push(batch), outcomes.shift()),
    settle: (batch, rejected) => settled.push([batch, rejected]),
  });
  await redelivery.flush();
  assert.deepEqual([redelivery.batch, redelivery.isFailing, settled], ["one", true, []]);
  await redelivery.flush();
  assert.deepEqual([redelivery.batch, redelivery.isFailing], [undefined, false]);
  assert.deepEqual(sent, ["one", "one", "two"]);
  assert.deepEqual(settled, [["one", 1], ["two", undefined]]);

  let answer;
  const dropping = new Redelivery({
    next: () => (sent.length < 4 ? "three" : undefined),
    send: (batch) => (sent.push(batch), new Promise((resolve) => (answer = resolve))),
    settle: () => assert.fail("it was dropped"),
  });
  const flushed = dropping.flush();
  dropping.drop();
  answer({ kind: "acknowledged", rejected: 0 });
  await flushed;
});

test("an event has what is known, and nothing besides", () => {
  const about = { tenant: undefined, units: { user: "u_1" } };
  const ts = new Date(NOW).toISOString();
  assert.deepEqual(eventOf("track", about, "id", NOW, "purchase", { value: 2, currency: "EUR" }), {
    id: "id", type: "track", ts, units: { user: "u_1" }, name: "purchase", value: 2, properties: { currency: "EUR" },
  });
  assert.deepEqual(eventOf("identify", { ...about, tenant: "acme" }, "id", NOW), {
    id: "id", type: "identify", ts, tenant: "acme", units: { user: "u_1" },
  });
});

test("the window tells an exposure once in ten minutes, and again once it was forgotten", () => {
  const shop = Edgewise.loadSync(Edgewise.compile(SHOP));
  const context = (user) => shop.context({ user, plan: "pro", country: "IN", app: { version: "2.5.1" } }, { now: NOW });
  const user = firstUnit((id) => context(id).variant("rag_timing").exposure);
  const [first, again] = [context(user).exposure("rag_timing"), context(user).exposure("rag_timing")];
  assert.equal(exposureKey(first), exposureKey(again));
  const window = new ExposureWindow();
  assert.deepEqual([window.admit(first, NOW), window.admit(again, NOW + 599_999), window.admit(again, NOW + 600_000)], [true, false, true]);
  window.forget(again);
  assert.equal(window.admit(first, NOW + 600_001), true);
});
