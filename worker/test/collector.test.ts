/** The whole way to disk: the worker before a real `edgewise serve`. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, test } from "node:test";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { flags, post, until } from "./asking.js";
import { Collector } from "./collector.js";
import { rulesetBytes, userIn } from "./ruleset.js";

let collector: Collector;
let worker: LocalWorker;

beforeEach(async () => {
  collector = new Collector();
  writeFileSync(collector.ruleset, rulesetBytes());
  await collector.start();
  worker = await startWorker({
    CONTROL_URL: collector.url,
    COLLECTOR_URL: collector.url,
    RULESET_REFRESH_SECONDS: "1",
  });
});

afterEach(async () => {
  await worker.stop();
  await collector.stop();
  rmSync(collector.folder, { recursive: true });
});

async function evaluate(key: string, user: string): Promise<{ value?: unknown; metadata: Record<string, string> }> {
  const response = await post(flags(worker.url, key), { context: { targetingKey: user, country: "IN" } });
  return (await response.json()) as { value?: unknown; metadata: Record<string, string> };
}

function track(id: string): Promise<Response> {
  const event = { id, type: "track", ts: new Date().toISOString(), units: { user: "u_1" }, name: "signup" };
  return post(`${worker.url}/v1/events`, { batch_id: id, sent_at: new Date().toISOString(), events: [event] });
}

const ID = "01932d5e-0000-7000-8000-00000000000";

test("an exposure lands in the log exactly once", async () => {
  const user = userIn("treatment");
  for (let time = 0; time < 3; time++) assert.equal((await evaluate("checkout.color", user)).value, "green");
  await track(`${ID}1`);
  await until("the later event", () => collector.events().some(({ id }) => id === `${ID}1`));
  const exposures = collector.events().filter(({ type }) => type === "exposure");
  assert.deepEqual(
    exposures.map(({ experiment, variant, units }) => [experiment, variant, units]),
    [["checkout", "treatment", { user }]],
  );
});

test("what a bulk evaluation hands back redeems into the log", async () => {
  const context = { targetingKey: userIn("control"), country: "US" };
  const { flags: all, metadata } = (await (await post(flags(worker.url), { context })).json()) as {
    flags: { metadata: Record<string, string> }[];
    metadata: Record<string, string>;
  };
  const exposures = all.map(({ metadata }) => metadata.exposures).find((handedBack) => handedBack !== undefined);
  await fetch(metadata.eventsUrl ?? "", { method: "POST", body: `{"batch_id":"redeemed","events":${exposures}}` });
  await until("the exposure", () => collector.events().length === 1);
  assert.deepEqual(collector.events(), JSON.parse(exposures ?? ""));
});

test("events outlive a collector that is killed and comes back, and none is stored twice", async () => {
  await evaluate("banner", "u_1");
  await track(`${ID}1`);
  await until("the first event", () => collector.events().length === 1);
  await collector.stop("SIGKILL");
  await track(`${ID}2`);
  await evaluate("checkout.color", userIn("treatment"));
  await track(`${ID}1`);
  await collector.start();
  await until("the others", async () => {
    const { events } = (await (await fetch(`${worker.url}/healthz`)).json()) as { events: { waiting: number } };
    return events.waiting === 0 && collector.events().length >= 2;
  });
  assert.deepEqual(
    collector
      .events()
      .map(({ type, id }) => (type === "track" ? id : type))
      .sort(),
    [`${ID}2`, "exposure"].sort(),
  );
});

test("a ruleset that `edgewise serve` takes up reaches the answers, a broken one does not", async () => {
  assert.equal((await evaluate("banner", "u_1")).value, false);
  writeFileSync(collector.ruleset, rulesetBytes().subarray(0, 200));
  writeFileSync(collector.ruleset, rulesetBytes(true));
  await until("the new ruleset", async () => (await evaluate("banner", "u_1")).value === true);
  writeFileSync(collector.ruleset, "broken");
  const { metadata } = await evaluate("banner", "u_1");
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const after = await evaluate("banner", "u_1");
  assert.deepEqual([after.value, after.metadata.version], [true, metadata.version]);
});
