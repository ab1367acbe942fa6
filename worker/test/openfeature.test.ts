/** Unmodified OpenFeature clients: the server SDK with the reference OFREP provider, as they come from npm. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { OFREPProvider } from "@openfeature/ofrep-provider";
import type { Client } from "@openfeature/server-sdk";
import { ErrorCode, OpenFeature, StandardResolutionReasons } from "@openfeature/server-sdk";
import { until } from "./asking.js";
import { rulesetBytes, userIn } from "./ruleset.js";
import { acknowledging, batchIn, ScriptedServer, servingRuleset } from "./server.js";

let control: ScriptedServer;
let collector: ScriptedServer;
let worker: LocalWorker;
let client: Client;

const treated = { targetingKey: userIn("treatment"), country: "IN" };

before(async () => {
  control = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
  collector = await new ScriptedServer(acknowledging).start();
  worker = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: collector.url });
  await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: worker.url }));
  client = OpenFeature.getClient();
});

after(async () => {
  await OpenFeature.close();
  await worker.stop();
  await control.stop();
  await collector.stop();
});

test("values of each type, with variant and reason", async () => {
  const color = await client.getStringDetails("checkout.color", "red", treated);
  assert.deepEqual([color.value, color.variant, color.reason], ["green", "treatment", StandardResolutionReasons.SPLIT]);
  assert.equal(color.flagMetadata.experiment, "checkout");

  const express = await client.getBooleanDetails("checkout.express", false, treated);
  assert.deepEqual([express.value, express.reason], [true, StandardResolutionReasons.SPLIT]);
  const steps = await client.getNumberDetails("checkout.steps", 9, treated);
  assert.deepEqual([steps.value, steps.reason], [2, StandardResolutionReasons.SPLIT]);
  const layout = await client.getObjectDetails("checkout.layout", {}, treated);
  assert.deepEqual([layout.value, layout.reason], [{ columns: 2 }, StandardResolutionReasons.SPLIT]);
});

test("the control gets its own value, and the flag's default where it names none", async () => {
  const control = { targetingKey: userIn("control"), country: "US" };
  const color = await client.getStringDetails("checkout.color", "red", control);
  assert.deepEqual([color.value, color.variant], ["grey", "control"]);
  const steps = await client.getNumberDetails("checkout.steps", 9, control);
  assert.deepEqual([steps.value, steps.variant], [3, "control"]);
});

test("a rule, a default and a paused experiment", async () => {
  const rule = await client.getBooleanDetails("banner", false, { plan: "pro" });
  assert.deepEqual([rule.value, rule.reason], [true, StandardResolutionReasons.TARGETING_MATCH]);
  const elsewhere = await client.getStringDetails("checkout.color", "red", { ...treated, country: "FR" });
  assert.deepEqual([elsewhere.value, elsewhere.reason], ["blue", StandardResolutionReasons.DEFAULT]);
  const paused = await client.getStringDetails("search.ranking", "code", treated);
  assert.deepEqual([paused.value, paused.reason], ["old", StandardResolutionReasons.DISABLED]);
});

test("errors give the code's default and say why", async () => {
  const unknown = await client.getStringDetails("nope", "code", treated);
  assert.deepEqual([unknown.value, unknown.errorCode], ["code", ErrorCode.FLAG_NOT_FOUND]);
  const mismatch = await client.getNumberDetails("checkout.color", 7, treated);
  assert.deepEqual([mismatch.value, mismatch.errorCode], [7, ErrorCode.TYPE_MISMATCH]);
  const keyless = await client.getStringDetails("checkout.color", "code", { country: "IN" });
  assert.deepEqual([keyless.value, keyless.errorCode], ["code", ErrorCode.TARGETING_KEY_MISSING]);
  const tooLong = await client.getStringDetails("checkout.color", "code", {
    ...treated,
    targetingKey: "é".repeat(600),
  });
  assert.deepEqual([tooLong.value, tooLong.errorCode], ["code", ErrorCode.INVALID_CONTEXT]);
});

test("a worker without a ruleset gives the code's default", async () => {
  const cold = await startWorker({ CONTROL_URL: "http://127.0.0.1:9", COLLECTOR_URL: collector.url });
  try {
    await OpenFeature.setProviderAndWait("cold", new OFREPProvider({ baseUrl: cold.url }));
    const details = await OpenFeature.getClient("cold").getBooleanDetails("banner", true, {});
    assert.deepEqual([details.value, details.reason, details.errorCode], [true, "ERROR", ErrorCode.GENERAL]);
  } finally {
    await cold.stop();
  }
});

test("a worker that is away gives the code's default at once, and its own answers when it is back", async () => {
  const gate = new ScriptedServer(async ({ method, path, body }) => {
    const answer = await fetch(`${worker.url}${path}`, { method, headers: { "content-type": "application/json" }, body });
    return { status: answer.status, headers: { "content-type": "application/json" }, body: await answer.text() };
  });
  await gate.start();
  const provider = new OFREPProvider({ baseUrl: gate.url });
  await OpenFeature.setProviderAndWait("away", provider);
  const away = OpenFeature.getClient("away");
  await gate.stop();
  const offline = await away.getStringDetails("checkout.color", "code", treated);
  assert.deepEqual([offline.value, offline.reason, offline.errorCode], ["code", "ERROR", ErrorCode.GENERAL]);
  await gate.start();
  assert.equal(await away.getStringValue("checkout.color", "code", treated), "green");
  assert.equal(await away.getStringValue("checkout.color", "code", { ...treated, country: "FR" }), "blue");
  await gate.stop();
});

test("evaluating through the SDK exposes once a user and experiment", async () => {
  const user = userIn("treatment", 1);
  for (const flag of ["checkout.color", "checkout.color", "search.ranking"]) {
    await client.getStringValue(flag, "", { targetingKey: user, country: "IN" });
  }
  const last = userIn("treatment", 2);
  await client.getStringValue("checkout.color", "", { targetingKey: last, country: "IN" });
  const exposed = (): (string | undefined)[] =>
    collector.seen.flatMap((request) => batchIn(request).events).map(({ units }) => units.user);
  await until("the exposures", () => exposed().includes(last));
  assert.equal(exposed().filter((unit) => unit === user).length, 1);
});
