/** A collector that is away for a while, whatever events wait in: all of them arrive, and each once. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { uuidv7 } from "edgewise";
import { flags, post, until } from "./asking.js";
import { Collector } from "./collector.js";
import { rulesetBytes, userIn } from "./ruleset.js";
import { ScriptedServer, servingRuleset } from "./server.js";

const OUTAGE_MS = 5_000;

let collector: Collector;
let control: ScriptedServer;
let disk: string;

beforeEach(async () => {
  control = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
  disk = mkdtempSync(join(tmpdir(), "edgewise-objects-"));
  collector = new Collector();
  writeFileSync(collector.ruleset, rulesetBytes());
  await collector.start();
});

afterEach(async () => {
  await control.stop();
  await collector.stop();
  for (const folder of [collector.folder, disk]) rmSync(folder, { recursive: true });
});

const start = (bindings: object): Promise<LocalWorker> =>
  startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: collector.url }, undefined, bindings);

/** Sends this many events in batches of 20, and returns their ids. */
async function track(worker: LocalWorker, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7());
  for (let at = 0; at < count; at += 20) {
    const events = ids.slice(at, at + 20).map((id) => {
      return { id, type: "track", ts: new Date().toISOString(), units: { user: "u_1" }, name: "signup" };
    });
    const response = await post(`${worker.url}/v1/events`, { batch_id: uuidv7(), sent_at: new Date().toISOString(), events });
    assert.equal(response.status, 202);
  }
  return ids;
}

/** Waits for all of these, looks a little longer, and returns how often each is on disk. */
async function arrived(ids: readonly string[]): Promise<Set<number>> {
  const times = (id: string): number => collector.events().filter((event) => event.id === id).length;
  await until("all events", () => ids.every((id) => times(id) > 0), 60);
  await sleep(1_000);
  return new Set(ids.map(times));
}

const SINKS: Record<string, object> = {
  "in the isolate": {},
  "in a queue": {
    queueProducers: { EVENT_QUEUE: "events" },
    queueConsumers: { events: { maxBatchSize: 10, maxBatchTimeout: 1, maxRetries: 20 } },
  },
  "in an outbox": { durableObjects: { OUTBOX: "EventOutbox" } },
};

for (const [where, bindings] of Object.entries(SINKS)) {
  test(`events that wait ${where} while the collector is away arrive exactly once`, async () => {
    const worker = await start(bindings);
    try {
      await collector.stop("SIGKILL");
      const user = userIn("treatment");
      await post(flags(worker.url, "checkout.color"), { context: { targetingKey: user, country: "IN" } });
      const ids = await track(worker, 200);
      await sleep(OUTAGE_MS);
      await collector.start();
      assert.deepEqual(await arrived(ids), new Set([1]));
      const exposures = collector.events().filter(({ type }) => type === "exposure");
      assert.deepEqual(exposures.map(({ units }) => units.user), [user]);
    } finally {
      await worker.stop();
    }
  });
}

test("an outbox outlives the worker", async () => {
  const bindings = { ...SINKS["in an outbox"], durableObjectsPersist: disk };
  const first = await start(bindings);
  await collector.stop("SIGKILL");
  const ids = await track(first, 40);
  await until("the outbox to have them", async () => {
    const { events } = (await (await fetch(`${first.url}/healthz`)).json()) as { events: { delivered: number } };
    return events.delivered === 40;
  });
  await first.stop();
  await collector.start();
  const second = await start(bindings);
  try {
    // The object wakes by its alarm; asking it for more only makes sure that it is there.
    ids.push(...(await track(second, 20)));
    assert.deepEqual(await arrived(ids), new Set([1]));
  } finally {
    await second.stop();
  }
});
