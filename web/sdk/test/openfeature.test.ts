/** The contract with the unmodified OpenFeature web SDK in Chromium: the provider, and the hook beside OFREP. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import type { BrowserContext, Page as Tab } from "playwright-core";
import { ruleset, rulesetBytes, userIn } from "./document.js";
import type { page as globals } from "./pages/openfeature.js";
import { Site } from "./site.js";
import type { Edgewise } from "./site.js";

declare const edgewise: Edgewise;
declare const OpenFeature: (typeof globals)["OpenFeature"];
declare const ProviderEvents: (typeof globals)["ProviderEvents"];
declare const OFREPWebProvider: (typeof globals)["OFREPWebProvider"];
declare const EdgewiseProvider: (typeof globals)["EdgewiseProvider"];
declare const ExposureHook: (typeof globals)["ExposureHook"];
declare const page: Awaited<ReturnType<Edgewise["load"]>>;
declare const heard: string[];

const targetingKey = userIn("treatment");
const context = { targetingKey, country: "IN" };

let site: Site;
let visitor: BrowserContext;
let tab: Tab;

beforeEach(async () => {
  site = await new Site().start();
  site.serve({ html: '<!doctype html><title>test</title><body><script type="module" src="/test/pages/openfeature.js"></script>' });
  visitor = await site.visitor();
  tab = await site.open(visitor);
});

afterEach(() => site.stop());

/** Sets the provider for a visitor, and writes down the events that it emits. Answers with what initialising threw. */
function provide(given: Tab, url = site.rulesetUrl, workerUrl?: string): Promise<string | null> {
  return given.evaluate(
    async ({ url, context, workerUrl }) => {
      const page = edgewise.start(url, { anonymous: false, ...(workerUrl && { workerUrl }) });
      await OpenFeature.setContext(context);
      const heard: string[] = [];
      Object.assign(globalThis, { page, heard });
      for (const event of Object.values(ProviderEvents)) {
        OpenFeature.addHandler(event as typeof ProviderEvents.Ready, () => void heard.push(event));
      }
      return OpenFeature.setProviderAndWait(new EdgewiseProvider(page)).then(
        () => null,
        (error: Error) => error.message,
      );
    },
    { url, context, workerUrl },
  );
}

test("values, variants and reasons; a flag that is used is exposed once; tracking arrives", async () => {
  assert.equal(await provide(tab), null);
  const seen = await tab.evaluate(async () => {
    const client = OpenFeature.getClient();
    const color = client.getStringDetails("color", "red");
    client.getStringValue("color", "red");
    const steps = client.getNumberDetails("steps", 9);
    const layout = client.getObjectValue("layout", {});
    client.track("purchase", { value: 12.5, currency: "EUR" });
    await page.flush();
    return { color, steps, layout, heard };
  });
  assert.deepEqual([seen.color.value, seen.color.variant, seen.color.reason], ["green", "treatment", "SPLIT"]);
  assert.deepEqual(seen.color.flagMetadata, {
    version: ruleset.digest,
    experiment: "checkout",
    epoch: ruleset.context({}).variant("checkout").epoch,
  });
  assert.deepEqual([seen.steps.value, seen.steps.reason, seen.layout], [3, "DEFAULT", { columns: 1 }]);
  assert.deepEqual(new Set(seen.heard), new Set(["PROVIDER_READY"]));
  const [exposure, track, ...more] = site.stored();
  assert.ok(exposure?.type === "exposure" && track?.type === "track");
  assert.deepEqual([exposure.unit, exposure.variant], [targetingKey, "treatment"]);
  assert.deepEqual([track.value, track.properties, track.units, more.length], [12.5, { currency: "EUR" }, { user: targetingKey }, 0]);
});

test("what cannot be answered has the code's default, and says why, and exposes nobody", async () => {
  await provide(tab);
  const seen = await tab.evaluate(async () => {
    const client = OpenFeature.getClient();
    const mismatch = client.getNumberDetails("color", 7);
    const missing = client.getStringDetails("nope", "code");
    await OpenFeature.setContext({ country: "IN" });
    const keyless = client.getStringDetails("color", "code");
    const { waiting } = await page.flush();
    return [mismatch, missing, keyless].map(({ value, errorCode, reason }) => [value, errorCode, reason]).concat([[waiting]]);
  });
  assert.deepEqual(seen, [
    [7, "TYPE_MISMATCH", "ERROR"],
    ["code", "FLAG_NOT_FOUND", "ERROR"],
    ["code", "TARGETING_KEY_MISSING", "ERROR"],
    [0],
  ]);
  assert.deepEqual(site.stored(), []);
});

test("a changed context answers at once, and what is no longer in it is forgotten", async () => {
  await provide(tab);
  const seen = await tab.evaluate(async () => {
    const client = OpenFeature.getClient();
    const values = [client.getStringValue("color", "red")];
    const { targetingKey } = OpenFeature.getContext();
    await OpenFeature.setContext({ targetingKey: targetingKey!, country: "FR" });
    values.push(client.getStringValue("color", "red"));
    await OpenFeature.setContext({ targetingKey: targetingKey! });
    values.push(client.getStringDetails("color", "red").reason!, page.answer("checkout").reason);
    return values;
  });
  assert.deepEqual(seen, ["green", "blue", "DEFAULT", "targeting_unknown"]);
  assert.deepEqual(await tab.evaluate(() => heard.filter((event) => event.includes("RECONCILING"))), []);
});

test("without anybody to answer: error; ready once there is a ruleset; stale from the cache; then changed", async () => {
  await visitor.route("**/v1/ruleset", (route) => route.abort());
  assert.match((await provide(tab)) ?? "", /fetch/);
  const unready = await tab.evaluate(() => {
    const { value, errorCode } = OpenFeature.getClient().getStringDetails("color", "code");
    return [value, errorCode, heard.at(-1)];
  });
  assert.deepEqual(unready, ["code", "PROVIDER_NOT_READY", "PROVIDER_ERROR"]);

  await visitor.unrouteAll();
  await tab.evaluate(() => page.refresh());
  assert.equal(await tab.evaluate(() => heard.includes("PROVIDER_READY")), true);

  await visitor.route("**/v1/ruleset", (route) => route.abort());
  const next = await site.open(visitor);
  assert.equal(await provide(next), null);
  await next.waitForFunction(() => heard.includes("PROVIDER_STALE"));
  assert.equal(await next.evaluate(() => OpenFeature.getClient().getStringValue("color", "red")), "green");

  await site.collector.stop();
  site.publish(rulesetBytes(4));
  await site.startCollector();
  await visitor.unrouteAll();
  await next.evaluate(() => page.refresh());
  const changed = await next.evaluate(() => [OpenFeature.getClient().getNumberValue("steps", 9), heard.at(-1)]);
  assert.deepEqual(changed, [4, "PROVIDER_CONFIGURATION_CHANGED"]);
});

test("where WebAssembly is blocked the worker's answers serve, and contexts are reconciled", async () => {
  const worker: LocalWorker = await startWorker({ CONTROL_URL: site.collector.url, COLLECTOR_URL: site.collector.url });
  try {
    site.serve({
      html: '<!doctype html><title>test</title><body><script type="module" src="/test/pages/openfeature.js"></script>',
      policy: "default-src 'self'; connect-src *",
    });
    const blocked = await site.open(visitor);
    assert.equal(await provide(blocked, site.rulesetUrl, worker.url), null);
    const values = await blocked.evaluate(async () => {
      const client = OpenFeature.getClient();
      const first = client.getStringValue("color", "red");
      await OpenFeature.setContext({ ...OpenFeature.getContext(), country: "FR" });
      await page.flush();
      return [first, client.getStringValue("color", "red"), heard.includes("PROVIDER_RECONCILING")];
    });
    assert.deepEqual(values, ["green", "blue", true]);
    assert.equal(site.exposures().length, 1);
  } finally {
    await worker.stop();
  }
});

test("beside the unmodified OFREP provider the hook tells of a use, once over the tabs", async () => {
  const worker: LocalWorker = await startWorker({ CONTROL_URL: site.collector.url, COLLECTOR_URL: site.collector.url });
  try {
    const use = (given: Tab): Promise<unknown> =>
      given.evaluate(
        async ({ baseUrl, eventsUrl, context }) => {
          const hook = new ExposureHook({ eventsUrl });
          OpenFeature.addHooks(hook);
          await OpenFeature.setContext(context);
          await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl, cacheMode: "disabled" }) as never);
          const looked = await hook.flush();
          const client = OpenFeature.getClient();
          const values = [client.getStringValue("color", "red"), client.getStringValue("color", "red")];
          return [looked.delivered, ...values, (await hook.flush()).delivered];
        },
        { baseUrl: worker.url, eventsUrl: `${site.collector.url}/v1/events`, context },
      );
    assert.deepEqual(await use(tab), [0, "green", "green", 1]);
    assert.deepEqual(await use(await site.open(visitor)), [0, "green", "green", 0]);
    const [exposure, ...more] = site.exposures();
    assert.deepEqual([exposure?.unit, exposure?.variant, more.length], [targetingKey, "treatment", 0]);
  } finally {
    await worker.stop();
  }
});
