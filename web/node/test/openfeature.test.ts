/** The contract with the unmodified OpenFeature server SDK, before a real control server and collector. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { ErrorCode, OpenFeature, ProviderEvents, StandardResolutionReasons } from "@openfeature/server-sdk";
import type { Client as FlagClient } from "@openfeature/server-sdk";
import { load } from "../src/index.js";
import type { Client } from "../src/index.js";
import { EdgewiseProvider } from "../src/openfeature.js";
import { Control, ruleset, rulesetBytes, userIn } from "./control.js";

const targetingKey = userIn("large");
const treated = { targetingKey, country: "IN" };

let control: Control;
let client: Client;
let flags: FlagClient;
let heard: string[];

beforeEach(async () => {
  control = await new Control().start();
  client = await load({ rulesetUrl: control.rulesetUrl });
  await OpenFeature.setProviderAndWait(new EdgewiseProvider(client));
  flags = OpenFeature.getClient();
  heard = [];
  for (const event of [ProviderEvents.Ready, ProviderEvents.Error, ProviderEvents.Stale, ProviderEvents.ConfigurationChanged]) {
    flags.addHandler(event, () => void heard.push(event));
  }
});

afterEach(async () => {
  await OpenFeature.close();
  OpenFeature.clearHandlers();
  await client.close();
  await control.stop();
});

test("values, variants and reasons; a use is exposed once a user; tracking arrives", async () => {
  const model = await flags.getStringDetails("voice.model", "none", treated);
  assert.deepEqual([model.value, model.variant, model.reason], ["large", "large", StandardResolutionReasons.SPLIT]);
  assert.deepEqual([model.flagMetadata.version, model.flagMetadata.experiment], [ruleset.digest, "voice"]);
  await flags.getStringValue("voice.model", "none", treated);
  assert.equal(await flags.getNumberValue("voice.tokens", 1, treated), 100);
  assert.deepEqual(await flags.getObjectValue("voice.tone", {}, treated), { warm: true });
  const elsewhere = await flags.getStringDetails("voice.model", "none", { ...treated, country: "FR" });
  assert.deepEqual([elsewhere.value, elsewhere.reason], ["small", StandardResolutionReasons.DEFAULT]);
  flags.track("call", treated, { value: 3, language: "hi" });
  await client.flush();
  const [exposure, call, ...more] = control.stored();
  assert.ok(exposure?.type === "exposure" && call?.type === "track");
  assert.deepEqual([exposure.unit, exposure.variant], [targetingKey, "large"]);
  assert.deepEqual([call.value, call.properties, call.units, more.length], [3, { language: "hi" }, { user: targetingKey }, 0]);
});

test("what cannot be answered has the code's default, and says why, and exposes nobody", async () => {
  const mismatch = await flags.getNumberDetails("voice.model", 7, treated);
  assert.deepEqual([mismatch.value, mismatch.errorCode], [7, ErrorCode.TYPE_MISMATCH]);
  const missing = await flags.getStringDetails("nope", "code", treated);
  assert.deepEqual([missing.value, missing.errorCode], ["code", ErrorCode.FLAG_NOT_FOUND]);
  const keyless = await flags.getStringDetails("voice.model", "code", { country: "IN" });
  assert.deepEqual([keyless.value, keyless.errorCode], ["code", ErrorCode.TARGETING_KEY_MISSING]);
  await client.flush();
  assert.deepEqual(control.stored(), []);
});

test("a control server that is away makes answers stale, and a new ruleset is heard of", async () => {
  const { host } = new URL(control.collector.url);
  await control.collector.stop();
  await client.refresh();
  assert.equal(await flags.getNumberValue("voice.tokens", 1, treated), 100);
  await control.start(rulesetBytes(200), host);
  await client.refresh();
  assert.equal(await flags.getNumberValue("voice.tokens", 1, treated), 200);
  assert.deepEqual(heard, [
    ProviderEvents.Ready,
    ProviderEvents.Stale,
    ProviderEvents.Ready,
    ProviderEvents.ConfigurationChanged,
  ]);
});

test("without a ruleset the provider is in error, and every flag has the code's default", async () => {
  const lonely = await load({ rulesetUrl: "http://127.0.0.1:9/v1/ruleset" });
  await assert.rejects(OpenFeature.setProviderAndWait("lonely", new EdgewiseProvider(lonely)));
  const details = await OpenFeature.getClient("lonely").getStringDetails("voice.model", "code", treated);
  assert.deepEqual([details.value, details.errorCode], ["code", ErrorCode.PROVIDER_NOT_READY]);
  await lonely.close();
});
