/** What units keep, where the worker remembers it, and experiments that draw calls. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { flags, post, until } from "./asking.js";
import { rememberingRulesetBytes, rulesetBytes } from "./ruleset.js";
import { acknowledging, batchIn, ScriptedServer, servingRuleset } from "./server.js";
import type { SeenEvent } from "./server.js";

let control: ScriptedServer;
let collector: ScriptedServer;

before(async () => {
  control = await new ScriptedServer(acknowledging).start();
  collector = await new ScriptedServer(acknowledging).start();
});

beforeEach(() => {
  collector.seen.length = 0;
  serve("control");
});

after(async () => {
  await control.stop();
  await collector.stop();
});

/** From the next refresh on, everybody who is new draws this variant of `kept`. */
function serve(variant: "control" | "treatment"): void {
  control.behaviour = servingRuleset(rememberingRulesetBytes(variant), `"${variant}"`);
}

const shipped = (): (SeenEvent & Record<string, unknown>)[] =>
  collector.seen.flatMap((request) => batchIn(request).events as (SeenEvent & Record<string, unknown>)[]);

/** A browser or a client: it keeps cookies. */
class Visitor {
  #cookies = new Map<string, string>();

  constructor(private readonly worker: LocalWorker) {}

  async value(key: string, context: object): Promise<unknown> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await post(flags(this.worker.url, key), { context }, cookie === "" ? {} : { cookie });
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      this.#cookies.set(name ?? "", value ?? "");
    }
    return ((await response.json()) as { value?: unknown }).value;
  }

  alter(change: (value: string) => string): void {
    this.#cookies = new Map([...this.#cookies].map(([name, value]) => [name, change(value)]));
  }
}

const STORES: Record<string, { variables?: Record<string, string>; bindings?: object }> = {
  "a cookie": { variables: { STICKY_COOKIE: "on", SIGNING_SECRET: "signing-0123456789abcdef" } },
  "a store of keys and values": { bindings: { kvNamespaces: ["STICKY_KV"] } },
  "an object for each unit": { bindings: { durableObjects: { STICKY_OBJECTS: "StickyRecords" } } },
};

async function withWorker(
  { variables, bindings }: (typeof STORES)[string],
  use: (worker: LocalWorker) => Promise<void>,
): Promise<void> {
  const addresses = { CONTROL_URL: control.url, COLLECTOR_URL: collector.url, RULESET_REFRESH_SECONDS: "1" };
  const worker = await startWorker({ ...addresses, ...variables }, undefined, bindings);
  try {
    await use(worker);
  } finally {
    await worker.stop();
  }
}

/** Waits until whoever is new draws `treatment`. */
async function reweighted(worker: LocalWorker): Promise<void> {
  serve("treatment");
  let newcomers = 0;
  await until("the next ruleset", async () => {
    return (await new Visitor(worker).value("kept", { user: `newcomer ${newcomers++}` })) === "treatment";
  });
}

test("a store is read and written for rulesets with sticky experiments, and for no others", async () => {
  // The worker as other hosts run it, with a store of theirs.
  const portable = new URL("../portable/create.js", import.meta.url).href;
  const { createWorker } = (await import(portable)) as typeof import("../src/create.js");
  for (const [bytes, asked] of [
    [rememberingRulesetBytes("control"), ["get", "put"]],
    [rulesetBytes(), []],
  ] as const) {
    const calls: string[] = [];
    const store = {
      get: async () => (calls.push("get"), null),
      put: async () => void calls.push("put"),
    };
    const work: Promise<unknown>[] = [];
    const variables = { COLLECTOR_URL: collector.url, STICKY_KV: store as never };
    const request = new Request(flags("https://edge.example"), { method: "POST", body: '{"context":{"targetingKey":"u_1"}}' });
    const response = await createWorker({ ruleset: bytes }).fetch(request, variables, { waitUntil: (more) => void work.push(more) });
    assert.equal(response.status, 200);
    await Promise.all(work);
    assert.deepEqual(calls, asked);
  }
});

for (const [where, store] of Object.entries(STORES)) {
  test(`${where} keeps what a unit was given, and its exposure says so`, async () => {
    await withWorker(store, async (worker) => {
      const visitor = new Visitor(worker);
      assert.equal(await visitor.value("kept", { user: "stays" }), "control");
      await reweighted(worker);
      assert.equal(await visitor.value("kept", { user: "stays" }), "control");
      assert.equal(await visitor.value("kept", { user: "somebody else" }), "treatment", "records are a unit's own");
      assert.equal(await visitor.value("kept", { user: "stays" }), "control", "and stay beside others");
      await until("the others' exposure", () => shipped().some(({ units }) => units.user === "somebody else"));
      const [first, ...later] = shipped().filter(({ units }) => units.user === "stays");
      assert.deepEqual([first?.variant, first?.reason, later.length], ["control", "assigned", 0]);
    });
  });

  test(`${where} lets a visitor who logs in keep what the device was given`, async () => {
    await withWorker(store, async (worker) => {
      const visitor = new Visitor(worker);
      assert.equal(await visitor.value("kept", { device: "phone" }), "control");
      await reweighted(worker);
      assert.equal(await visitor.value("kept", { device: "phone", user: "login" }), "control");
      assert.equal(await visitor.value("kept", { user: "login" }), "control", "from now on by the user alone");
      await until("an exposure by the record", () => shipped().some(({ reason }) => reason === "sticky"));
      const exposure = shipped().find(({ reason }) => reason === "sticky");
      assert.equal((exposure?.sticky as { variant: string }[])[0]?.variant, "control");
    });
  });
}

test("without a store a unit is drawn afresh", async () => {
  await withWorker({}, async (worker) => {
    const visitor = new Visitor(worker);
    assert.equal(await visitor.value("kept", { user: "stays" }), "control");
    await reweighted(worker);
    assert.equal(await visitor.value("kept", { user: "stays" }), "treatment");
  });
});

test("a cookie that somebody wrote themselves keeps nothing", async () => {
  await withWorker(STORES["a cookie"] ?? {}, async (worker) => {
    const visitor = new Visitor(worker);
    assert.equal(await visitor.value("kept", { user: "stays" }), "control");
    visitor.alter((value) => value.replace(":control:", ":treatment:"));
    assert.equal(await visitor.value("kept", { user: "stays" }), "control");
    visitor.alter(() => "%:%/.");
    assert.equal(await visitor.value("kept", { user: "stays" }), "control");
  });
});

test("two stores are one too many, and a cookie takes a secret", async () => {
  const both = { variables: { STICKY_COOKIE: "on" }, bindings: { kvNamespaces: ["STICKY_KV"] } };
  for (const [store, message] of [
    [both, /one is enough/],
    [{ variables: { STICKY_COOKIE: "on" } }, /SIGNING_SECRET/],
  ] as const) {
    await withWorker(store, async (worker) => {
      const response = await post(flags(worker.url, "kept"), {});
      assert.equal(response.status, 500);
      assert.match(await response.text(), message);
    });
  }
});

test("variants take turns over all requests, whoever asks", async () => {
  await withWorker({ bindings: { durableObjects: { TURNS: "Turns" } } }, async (worker) => {
    const users = Array.from({ length: 20 }, (_, index) => `u_${index}`);
    const given = await Promise.all(users.map((user) => new Visitor(worker).value("turns", { user })));
    assert.equal(given.filter((value) => value === "control").length, 10);
    assert.equal(given.filter((value) => value === "treatment").length, 10);
    await until("all exposures", () => shipped().length === 20);
    const counters = shipped().map(({ counter }) => counter as number);
    assert.deepEqual(counters.sort((a, b) => a - b), users.map((_, index) => index));
  });
});

test("without a counter nobody gets a turn, and calls are drawn all the same", async () => {
  await withWorker({}, async (worker) => {
    assert.equal(await new Visitor(worker).value("turns", { user: "u_1" }), "none");
    const drawn = await Promise.all(
      Array.from({ length: 64 }, () => new Visitor(worker).value("calls", { user: "u_1" })),
    );
    assert.deepEqual([...new Set(drawn)].sort(), ["control", "treatment"]);
    await until("an exposure", () => shipped().length > 0);
    assert.equal(typeof shipped()[0]?.nonce, "string");
  });
});
