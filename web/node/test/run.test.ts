/** Work that is run under a variant: what it is given, and what is told of it, to a real collector and a real span. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { context as contexts, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { TrackEvent } from "edgewise";
import { load } from "../src/index.js";
import type { Client } from "../src/index.js";
import { Control, ruleset, userIn } from "./control.js";

const user = userIn("large");

let control: Control;
let client: Client;

beforeEach(async () => {
  control = await new Control().start();
  client = await load({ rulesetUrl: control.rulesetUrl });
});

afterEach(async () => {
  await client.close();
  await control.stop();
});

test("work runs under the variant, with its overrides, and how it went is told", async () => {
  const answer = await client.run("voice", { user, country: "IN" }, async ({ variant, get, record }) => {
    record({ tokens: 800, cost: 0.004 });
    record({ tokens: 12, cache: "miss" });
    return `${variant} ${get("voice.model", "none")}`;
  });
  assert.equal(answer, "large large");
  assert.deepEqual(await client.flush(), { delivered: 2, waiting: 0, lost: 0 });

  const [exposure, run] = control.stored();
  assert.ok(exposure?.type === "exposure" && run?.type === "track");
  assert.deepEqual([exposure.experiment, exposure.variant, exposure.unit], ["voice", "large", user]);
  const { duration_ms, ...properties } = run.properties as { duration_ms: number };
  assert.ok(duration_ms >= 0);
  assert.deepEqual([run.name, run.units], ["run", { user }]);
  assert.deepEqual(properties, {
    experiment: "voice",
    variant: "large",
    success: true,
    tokens: 812,
    cost: 0.004,
    cache: "miss",
  });
});

test("work that fails throws what it throws, and the failure is told", async () => {
  const broken = client.run("voice", { user, country: "IN" }, ({ record }) => {
    record({ tokens: 5 });
    throw new RangeError("too long");
  });
  await assert.rejects(broken, new RangeError("too long"));
  await client.flush();
  const [, run, failure] = control.stored();
  assert.ok(run?.type === "track" && failure?.type === "error");
  assert.deepEqual([run.properties?.success, run.properties?.tokens], [false, 5]);
  assert.deepEqual(
    [failure.name, failure.properties],
    ["run", { experiment: "voice", variant: "large", error: "RangeError" }],
  );
});

test("many runs of one user are one exposure; who is not targeted runs without a variant", async () => {
  for (let n = 0; n < 3; n++) await client.run("voice", { user, country: "IN" }, () => n);
  const variant = await client.run("voice", { user, country: "FR" }, ({ variant }) => variant);
  assert.equal(variant, null);
  await client.flush();
  const events = control.stored();
  assert.equal(events.filter(({ type }) => type === "exposure").length, 1);
  const runs = events.filter((event): event is TrackEvent => event.type === "track");
  assert.deepEqual(
    runs.map(({ properties }) => properties?.variant),
    ["large", "large", "large", undefined],
  );
});

test("the active span says which variant ran", async () => {
  const spans = new InMemorySpanExporter();
  contexts.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
  await trace.getTracer("test").startActiveSpan("answer", async (span) => {
    await client.run("voice", { user, country: "IN" }, () => undefined);
    span.end();
  });
  const [span] = spans.getFinishedSpans();
  assert.deepEqual(span?.attributes, { "edgewise.experiment.voice": "large", "edgewise.ruleset": ruleset.digest });
});

test("without a control server work runs all the same, with fallbacks, and the events wait for the collector", async () => {
  const lonely = await load({ rulesetUrl: "http://127.0.0.1:9/v1/ruleset" });
  assert.ok(lonely.problem);
  assert.equal(await lonely.run("voice", { user }, ({ variant, get }) => `${variant} ${get("voice.model", "small")}`), "null small");
  await lonely.close();

  const { host } = new URL(control.collector.url);
  await control.collector.stop();
  await client.run("voice", { user, country: "IN" }, () => undefined);
  assert.deepEqual(await client.flush(), { delivered: 0, waiting: 2, lost: 0 });
  await control.start(undefined, host);
  assert.deepEqual(await client.flush(), { delivered: 2, waiting: 0, lost: 0 });
});

test("a context of anything at all breaks nothing", async () => {
  for (const values of [{ user: "\ud800" }, { user: {} }, { country: Symbol.iterator }, { user: 2 ** 60 }]) {
    assert.equal(await client.run("voice", values, ({ variant }) => variant), null);
  }
});
