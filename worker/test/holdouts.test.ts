/** Holdouts: whoever would have met a bound experiment is told of, in either arm. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { Edgewise } from "edgewise";
import { flags, post, until } from "./asking.js";
import { heldOutRulesetBytes } from "./ruleset.js";
import { acknowledging, batchIn, ScriptedServer, servingRuleset } from "./server.js";
import type { SeenEvent } from "./server.js";

const ruleset = Edgewise.loadSync(heldOutRulesetBytes());

let control: ScriptedServer;
let collector: ScriptedServer;
let worker: LocalWorker;

before(async () => {
  control = await new ScriptedServer(servingRuleset(heldOutRulesetBytes(), '"one"')).start();
  collector = await new ScriptedServer(acknowledging).start();
  worker = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: collector.url });
});

after(async () => {
  await worker.stop();
  await control.stop();
  await collector.stop();
});

/** The `n`-th user, from 0, whom the holdout holds out, or does not. */
function user(isHeldOut: boolean, n: number): string {
  const users = Array.from({ length: 64 }, (_, index) => `u_${index}`);
  const ofArm = users.filter((user) => (ruleset.context({ user }).variant("paging").reason === "held_out") === isHeldOut);
  return ofArm[n] ?? assert.fail("64 users are in both arms");
}

const shippedOf = (user: string): SeenEvent[] =>
  collector.seen.flatMap((request) => batchIn(request).events).filter(({ units }) => units.user === user);

const met = ({ kind, experiment, variant, reason }: SeenEvent): unknown[] => [kind, experiment, variant, reason];

async function evaluate(key: string, targetingKey: string): Promise<{ reason: string; metadata: object }> {
  const response = await post(flags(worker.url, key), { context: { targetingKey } });
  return (await response.json()) as { reason: string; metadata: object };
}

test("a held-out user gets the flag's own value, and is exposed to the holdout alone", async () => {
  const heldOut = user(true, 0);
  const { reason, metadata } = await evaluate("search.page", heldOut);
  assert.deepEqual([reason, (metadata as { assignment: string }).assignment], ["DEFAULT", "held_out"]);
  await until("the exposure", () => shippedOf(heldOut).length > 0);
  assert.deepEqual(shippedOf(heldOut).map(met), [["holdout", "quiet", "held_out", "held_out"]]);
});

test("any other user is exposed to both, and to the holdout once", async () => {
  const open = user(false, 0);
  await evaluate("search.page", open);
  await evaluate("search.tone", open);
  await until("three exposures", () => shippedOf(open).length === 3);
  const { variant: page } = ruleset.context({ user: open }).variant("paging");
  const { variant: tone } = ruleset.context({ user: open }).variant("tone");
  assert.deepEqual(shippedOf(open).map(met), [
    ["holdout", "quiet", "open", "assigned"],
    ["experiment", "paging", page, "assigned"],
    ["experiment", "tone", tone, "assigned"],
  ]);
});

test("what a bulk evaluation hands back holds the holdout too, as one and the same event", async () => {
  for (const [targetingKey, each] of [
    [user(true, 1), 1],
    [user(false, 1), 2],
  ] as const) {
    const response = await post(flags(worker.url), { context: { targetingKey } });
    const { flags: all } = (await response.json()) as { flags: { metadata: { exposures: string } }[] };
    const handedBack = all.map(({ metadata }) => JSON.parse(metadata.exposures) as SeenEvent[]);
    assert.deepEqual(
      handedBack.map(({ length }) => length),
      [each, each],
    );
    const [page, tone] = handedBack.map(([first]) => first);
    assert.equal(page?.kind, "holdout");
    assert.equal(page?.id, tone?.id);
    assert.deepEqual(shippedOf(targetingKey), [], "nothing was used yet");
  }
});
