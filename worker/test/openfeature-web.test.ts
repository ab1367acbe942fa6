/** Unmodified OpenFeature clients of pages: the web SDK with its OFREP provider, as they come from npm. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import type { Client, Provider } from "@openfeature/web-sdk";
import { ClientProviderEvents, ErrorCode, OpenFeature, ProviderStatus, StandardResolutionReasons } from "@openfeature/web-sdk";
import { until } from "./asking.js";
import { rulesetBytes, userIn } from "./ruleset.js";
import { acknowledging, ScriptedServer, servingRuleset } from "./server.js";

const KEY = "reader-0123456789abcdef";

let control: ScriptedServer;
let collector: ScriptedServer;
let worker: LocalWorker;

const treated = { targetingKey: userIn("treatment"), country: "IN" };

const start = (variables: Record<string, string> = {}): Promise<LocalWorker> =>
  startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: collector.url, RULESET_REFRESH_SECONDS: "1", ...variables });

before(async () => {
  control = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
  collector = await new ScriptedServer(acknowledging).start();
  worker = await start();
});

after(async () => {
  await OpenFeature.close();
  await worker.stop();
  await control.stop();
  await collector.stop();
});

/** A client of its own for each test, under the test's name. */
async function connect(domain: string, baseUrl = worker.url, headers: [string, string][] = []): Promise<Client> {
  await OpenFeature.setContext(domain, treated);
  const provider = new OFREPWebProvider({ baseUrl, headers, cacheMode: "disabled" }) as Provider;
  await OpenFeature.setProviderAndWait(domain, provider);
  return OpenFeature.getClient(domain);
}

test("values of each type, with variant, reason and metadata", async () => {
  const client = await connect("types");
  const color = client.getStringDetails("checkout.color", "red");
  assert.deepEqual([color.value, color.variant, color.reason], ["green", "treatment", StandardResolutionReasons.SPLIT]);
  assert.equal(color.flagMetadata.experiment, "checkout");
  assert.equal(client.getBooleanValue("checkout.express", false), true);
  assert.equal(client.getNumberValue("checkout.steps", 9), 2);
  assert.deepEqual(client.getObjectValue("checkout.layout", {}), { columns: 2 });
  assert.equal(client.getStringDetails("search.ranking", "code").reason, StandardResolutionReasons.DISABLED);
});

test("a wrong type and a missing flag give the code's default and say why", async () => {
  const client = await connect("errors");
  const mismatch = client.getNumberDetails("checkout.color", 7);
  assert.deepEqual([mismatch.value, mismatch.errorCode], [7, ErrorCode.TYPE_MISMATCH]);
  const unknown = client.getStringDetails("nope", "code");
  assert.deepEqual([unknown.value, unknown.errorCode], ["code", ErrorCode.FLAG_NOT_FOUND]);
});

test("a change of the context reaches the answers, although the client sends the ETag of the last one", async () => {
  const client = await connect("contexts");
  await OpenFeature.setContext("contexts", { ...treated, country: "FR" });
  const elsewhere = client.getStringDetails("checkout.color", "red");
  assert.deepEqual([elsewhere.value, elsewhere.reason], ["blue", StandardResolutionReasons.DEFAULT]);
  await OpenFeature.setContext("contexts", { ...treated, targetingKey: userIn("control") });
  assert.equal(client.getStringValue("checkout.color", "red"), "grey");
  await OpenFeature.setContext("contexts", { country: "IN" });
  const keyless = client.getStringDetails("checkout.color", "code");
  assert.deepEqual([keyless.value, keyless.errorCode], ["code", ErrorCode.TARGETING_KEY_MISSING]);
  assert.equal(client.getBooleanValue("banner", true), false, "flags that need no key are answered");
});

test("a worker with keys answers a provider that has one, and is fatal to another", async () => {
  const closed = await start({ READ_KEYS: KEY });
  try {
    const client = await connect("keyed", closed.url, [["authorization", `Bearer ${KEY}`]]);
    assert.equal(client.getStringValue("checkout.color", "red"), "green");
    await assert.rejects(connect("keyless", closed.url));
    const refused = OpenFeature.getClient("keyless").getStringDetails("checkout.color", "code");
    assert.equal(refused.value, "code");
  } finally {
    await closed.stop();
  }
});

test("offline the last answers stay, and back online new ones come", async () => {
  const ruled = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
  const own = await start({ CONTROL_URL: ruled.url });
  try {
    // The worker is away behind a gate; the client keeps its address.
    const gate = await new ScriptedServer(async ({ method, path, headers, body }) => {
      const { host: _host, connection: _connection, "content-length": _length, ...passed } = headers as Record<string, string>;
      const answer = await fetch(`${own.url}${path}`, { method, headers: passed, body });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const kept = ["content-type", "etag", "retry-after"].flatMap((name) => {
        const value = answer.headers.get(name);
        return value === null ? [] : [[name, value]];
      });
      return { status: answer.status, headers: Object.fromEntries(kept) as Record<string, string>, body: bytes };
    }).start();
    const client = await connect("offline", gate.url);
    assert.equal(client.getBooleanValue("banner", true), false);
    await gate.stop();
    const failed: string[] = [];
    client.addHandler(ClientProviderEvents.Error, () => void failed.push("error"));
    await OpenFeature.setContext("offline", { ...treated, plan: "free" }).catch(() => undefined);
    await until("the failure", () => failed.length > 0);
    assert.equal(client.getStringValue("checkout.color", "red"), "green", "the last good answers");
    ruled.behaviour = servingRuleset(rulesetBytes(true), '"two"');
    await gate.start();
    await until("recovery", async () => {
      await OpenFeature.setContext("offline", { ...treated, time: Date.now() });
      return client.providerStatus === ProviderStatus.READY && client.getBooleanValue("banner", false);
    });
    await gate.stop();
  } finally {
    await own.stop();
    await ruled.stop();
  }
});

test("a new ruleset reaches a provider by itself, by the stream", async () => {
  control.behaviour = servingRuleset(rulesetBytes(), '"one"');
  const client = await connect("streaming");
  const changed: unknown[] = [];
  client.addHandler(ClientProviderEvents.ConfigurationChanged, (event) => void changed.push(event?.flagsChanged));
  assert.equal(client.getBooleanValue("banner", true), false);
  // Once it listens.
  await new Promise((resolve) => setTimeout(resolve, 500));
  control.behaviour = servingRuleset(rulesetBytes(true), '"two"');
  await until("the change", () => client.getBooleanValue("banner", false));
  assert.ok(changed.length > 0);
});
