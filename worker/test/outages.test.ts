/** A collector that is away for a while, whatever events wait in: all of them arrive, and each once. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { uuidv7 } from "edgewise";
import { backoffMs } from "edgewise/delivery";
import { RETRY } from "../src/sinks/queue.js";
import { flags, post, until } from "./asking.js";
import { Collector } from "./collector.js";
import { rulesetBytes, userIn } from "./ruleset.js";
import { ScriptedServer, servingRuleset } from "./server.js";

/** A minute, and more than any single request, run or retry takes. */
const OUTAGE_MS = 65_000;

/** The longest that anything waits for its next attempt after such an outage, and time to arrive. */
const PATIENCE_SECONDS = 90;

const SINKS: Record<string, object> = {
  "in the isolate": {},
  "in a queue": {
    queueProducers: { EVENT_QUEUE: "events" },
    queueConsumers: { events: { maxBatchSize: 10, maxBatchTimeout: 1, maxRetries: 20 } },
  },
  "in an outbox": { durableObjects: { OUTBOX: "EventOutbox" } },
};

let control: ScriptedServer;

before(async () => {
  control = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
});

after(() => control.stop());

/** Does something with a collector of its own, and stops it. */
async function withCollector(use: (collector: Collector) => Promise<void>): Promise<void> {
  const collector = new Collector();
  writeFileSync(collector.ruleset, rulesetBytes());
  await collector.start();
  try {
    await use(collector);
  } finally {
    await collector.stop();
    rmSync(collector.folder, { recursive: true });
  }
}

const start = (collector: Collector, bindings: object): Promise<LocalWorker> =>
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
async function arrived(collector: Collector, ids: readonly string[]): Promise<Set<number>> {
  const there = (): string[] => collector.events().map(({ id }) => id);
  await until("all events", () => {
    const seen = new Set(there());
    return ids.every((id) => seen.has(id));
  }, PATIENCE_SECONDS);
  await sleep(1_000);
  const all = there();
  return new Set(ids.map((id) => all.filter((other) => other === id).length));
}

/** What the sink has taken, and what the worker still holds. */
async function counts(worker: LocalWorker): Promise<{ delivered: number; waiting: number }> {
  const { events } = (await (await fetch(`${worker.url}/healthz`)).json()) as { events: { delivered: number; waiting: number } };
  return events;
}

// Each has a collector and a worker of its own, and all have the minute together.
describe("while the collector is away for more than a minute", { concurrency: true }, () => {
  for (const [where, bindings] of Object.entries(SINKS)) {
    test(`events wait ${where}, and arrive exactly once`, () =>
      withCollector(async (collector) => {
        const worker = await start(collector, bindings);
        try {
          await collector.stop("SIGKILL");
          const user = userIn("treatment");
          await post(flags(worker.url, "checkout.color"), { context: { targetingKey: user, country: "IN" } });
          const ids = await track(worker, 200);
          await sleep(OUTAGE_MS);
          await collector.start();
          // What waits in the isolate goes by the next request, whatever that asks.
          await counts(worker);
          assert.deepEqual(await arrived(collector, ids), new Set([1]));
          const exposures = collector.events().filter(({ type }) => type === "exposure");
          assert.deepEqual(exposures.map(({ units }) => units.user), [user]);
          assert.equal((await counts(worker)).waiting, 0);
        } finally {
          await worker.stop();
        }
      }));
  }

  test("an outbox outlives the worker", () =>
    withCollector(async (collector) => {
      const disk = mkdtempSync(join(tmpdir(), "edgewise-objects-"));
      const bindings = { ...SINKS["in an outbox"], durableObjectsPersist: disk };
      const first = await start(collector, bindings);
      await collector.stop("SIGKILL");
      const ids = await track(first, 40);
      await until("the outbox to have them", async () => (await counts(first)).delivered === 40);
      await first.stop();
      await sleep(OUTAGE_MS);
      await collector.start();
      const second = await start(collector, bindings);
      try {
        // The object wakes by its alarm; asking it for more only makes sure that it is there.
        ids.push(...(await track(second, 20)));
        assert.deepEqual(await arrived(collector, ids), new Set([1]));
      } finally {
        await second.stop();
        rmSync(disk, { recursive: true });
      }
    }));
});

test("the hundred attempts of a queue bridge three hours, however the waits turn out", () => {
  const shortest = Array.from({ length: 100 }, (_, failures) => backoffMs(failures, RETRY, 0));
  assert.ok(shortest.reduce((sum, ms) => sum + ms) > 3 * 3_600_000);
});
