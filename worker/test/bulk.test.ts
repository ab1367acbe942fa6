/** What a bulk answer is put together from says the same as what is asked one by one. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { startWorker } from "@edgewise/worker/local/worker";
import type { ExposureEvent } from "edgewise";
import { flags, post } from "./asking.js";
import { mixedRulesetBytes } from "./ruleset.js";
import { acknowledging, ScriptedServer, servingRuleset } from "./server.js";

let control: ScriptedServer;
let worker: LocalWorker;

before(async () => {
  control = await new ScriptedServer(async (request) =>
    request.path === "/v1/ruleset" ? servingRuleset(mixedRulesetBytes(), '"one"')(request) : acknowledging(request),
  ).start();
  const environment = { CONTROL_URL: control.url, COLLECTOR_URL: control.url, SIGNING_SECRET: "0123456789abcdef", STICKY_COOKIE: "on" };
  worker = await startWorker(environment);
});

after(async () => {
  await worker.stop();
  await control.stop();
});

interface Flag {
  readonly key: string;
  /** None where the flag could not be evaluated. */
  readonly metadata?: Readonly<Record<string, string | number>>;
}

/** Texts that a careless hand would break: quotes, backslashes, line ends, letters of every kind. */
const IDS = ["u_1", "u_2", "u_3", 'a"b\\c', "line\nend\u2028", "é – 漢字 😀", "\u0000", "\\", '"'];
const CONTEXTS = IDS.flatMap((id) => [
  { targetingKey: id, country: "IN", tags: ["trial", id] },
  { targetingKey: id, device: `d ${id}`, country: id },
  { device: id, country: "US", tags: 1 },
]);

async function bulk(context: object, headers: Record<string, string> = {}): Promise<{ all: Flag[]; etag: string; cookie: string }> {
  const response = await post(flags(worker.url), { context }, headers);
  const { flags: all } = (await response.json()) as { flags: Flag[] };
  const cookie = (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  return { all, etag: response.headers.get("etag") ?? "", cookie };
}

const handedBack = ({ metadata }: Flag): ExposureEvent[] =>
  metadata?.exposures === undefined ? [] : (JSON.parse(String(metadata.exposures)) as ExposureEvent[]);

/** By experiment or holdout, without what is another each time: a nonce, and what is drawn by it, among it. */
function lasting(exposures: readonly ExposureEvent[]): Map<string, object> {
  return new Map(
    exposures.map(({ id: _id, ts: _ts, evaluated_at: _at, ...event }) => {
      const { nonce, bucket, variant, ...unchanging } = event;
      return [event.experiment, nonce === undefined ? event : { ...unchanging, bucket: typeof bucket, variant: typeof variant, nonce: typeof nonce }];
    }),
  );
}

test("what is handed back are the exposures of the assignments, for units of every kind", async () => {
  for (const context of CONTEXTS) {
    for (const kept of ["", (await bulk(context)).cookie]) {
      const { all } = await bulk(context, { cookie: kept });
      const assigned = await post(`${worker.url}/v1/assignments`, { context }, { cookie: kept });
      const { assignments } = (await assigned.json()) as { assignments: { exposures: ExposureEvent[] }[] };
      const events = all.flatMap(handedBack);
      assert.ok(events.length > 0, JSON.stringify(context));
      assert.deepEqual(lasting(events), lasting(assignments.flatMap(({ exposures }) => exposures)));
      for (const { id, ts, evaluated_at } of events) assert.ok(/^[0-9a-f-]{36}$/.test(id) && ts === evaluated_at);
    }
  }
});

test("what a flag says is what it says when it is asked alone", async () => {
  for (const context of CONTEXTS) {
    const { all } = await bulk(context);
    for (const { metadata, ...flag } of all) {
      if (flag.key === "calls") continue;
      const { exposures: _, ...said } = metadata ?? {};
      const alone = await post(flags(worker.url, flag.key), { context }, { "x-edgewise-exposure": "none" });
      assert.deepEqual({ ...flag, ...(metadata && { metadata: said }) }, await alone.json());
    }
  }
});

test("an ETag is that of a unit and its answers, whenever it is asked for", async () => {
  const tags = new Map<string, string>();
  for (const context of CONTEXTS) {
    const { etag, all } = await bulk(context);
    assert.ok(!tags.has(etag), `${JSON.stringify(context)} has the tag of ${tags.get(etag)}`);
    tags.set(etag, JSON.stringify(context));
    const drawsCalls = all.some(({ key, metadata }) => key === "calls" && metadata?.exposures !== undefined);
    assert.equal((await bulk(context)).etag === etag, !drawsCalls);
  }
});
