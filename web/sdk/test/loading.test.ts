/** How a page begins: rendered answers, a slow or missing network, blocked WebAssembly, a strict policy. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import type { BrowserContext, Route } from "playwright-core";
import { ruleset, rulesetBytes, userIn } from "./document.js";
import { Site, until } from "./site.js";
import type { Edgewise } from "./site.js";

declare const edgewise: Edgewise;
declare const page: Awaited<ReturnType<Edgewise["load"]>>;

const treated = userIn("treatment");
const context = { user: treated, country: "IN" };

let site: Site;
let worker: LocalWorker;
let visitor: BrowserContext;

beforeEach(async () => {
  site = await new Site().start();
  worker = await startWorker({ CONTROL_URL: site.collector.url, COLLECTOR_URL: site.collector.url });
  visitor = await site.visitor();
});

afterEach(async () => {
  await worker.stop();
  await site.stop();
});

/** What a server renders into its pages: the worker's answers. */
async function bootstrapFor(values: object): Promise<string> {
  const response = await fetch(`${worker.url}/ofrep/v1/evaluate/flags`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ context: values }),
  });
  return response.text();
}

test("what the server rendered answers in the first script, and the ruleset takes over without a change", async () => {
  const bootstrap = await bootstrapFor(context);
  // A ruleset that has not come keeps nobody from answering.
  let held: Route | undefined;
  await visitor.route("**/v1/ruleset", (route) => {
    held = route;
  });
  const tab = await site.open(visitor);
  const first = await tab.evaluate(
    ({ url, context, bootstrap }) => {
      const page = edgewise.start(url, { context, bootstrap: JSON.parse(bootstrap) });
      Object.assign(globalThis, { page });
      const value = page.get("color", "red");
      document.body.style.backgroundColor = value;
      return [page.source, value, page.variant("checkout"), page.answer("checkout").reason, page.get("steps", 9)];
    },
    { url: site.rulesetUrl, context, bootstrap },
  );
  assert.deepEqual(first, ["bootstrap", "green", "treatment", "assigned", 3]);
  await until("the route", () => held !== undefined);
  await held!.continue();
  const later = await tab.evaluate(async () => {
    await page.ready;
    page.get("color", "red");
    return [page.source, page.peek("color", "red"), (await page.flush()).lost];
  });
  assert.deepEqual(later, ["network", "green", 0]);
  const [exposure, ...more] = site.exposures();
  assert.deepEqual([exposure?.experiment, exposure?.variant, more.length], ["checkout", "treatment", 0]);
});

test("rendered rubbish answers nothing and breaks nothing", async () => {
  const tab = await site.open(visitor);
  const seen = await tab.evaluate((url) => {
    const rubbish = [7, "x", { flags: 7 }, { flags: [null, 7, { key: "color", value: 1, metadata: { exposures: "{" } }] }];
    return rubbish.map((bootstrap) => edgewise.start(url, { bootstrap: bootstrap as never }).get("color", "red"));
  }, site.rulesetUrl);
  assert.deepEqual(seen, ["red", "red", "red", "red"]);
});

test("a slow or missing network: the last good ruleset answers, and the new one when it comes", async () => {
  const first = await site.open(visitor);
  await first.evaluate((url) => edgewise.load(url).then(() => undefined), site.rulesetUrl);
  await until("the kept ruleset", () => first.evaluate(async () => (await caches.keys()).includes("edgewise")));
  // Routed requests pass the browser's own cache by.
  await visitor.route("**/v1/ruleset", (route) => route.abort());
  const away = await site.open(visitor);
  const start = async ({ url, context }: { url: string; context: object }): Promise<unknown[]> => {
    const page = await edgewise.load(url, { context: { ...context } });
    Object.assign(globalThis, { page });
    return [page.source, page.peek("color", "red"), page.peek("steps", 9)];
  };
  assert.deepEqual(await away.evaluate(start, { url: site.rulesetUrl, context }), ["cache", "green", 3]);

  await site.collector.stop();
  site.publish(rulesetBytes(4));
  await site.startCollector();
  let held: Route | undefined;
  await visitor.unrouteAll();
  await visitor.route("**/v1/ruleset", (route) => {
    held = route;
  });
  const slow = await site.open(visitor);
  assert.deepEqual(await slow.evaluate(start, { url: site.rulesetUrl, context }), ["cache", "green", 3]);
  const changed = slow.evaluate(() => new Promise<void>((resolve) => void page.subscribe(resolve)));
  await held!.continue();
  await changed;
  assert.deepEqual(await slow.evaluate(() => [page.source, page.peek("steps", 9)]), ["network", 4]);
});

test("a damaged ruleset in the cache is replaced", async () => {
  const tab = await site.open(visitor);
  const seen = await tab.evaluate(async (url) => {
    await (await caches.open("edgewise")).put(url, new Response("no ruleset"));
    return (await edgewise.load(url)).source;
  }, site.rulesetUrl);
  assert.equal(seen, "network");
});

test("where WebAssembly is blocked the worker answers, and uses are told all the same", async () => {
  // No 'wasm-unsafe-eval'.
  site.serve({ policy: "default-src 'self'; connect-src *" });
  const tab = await site.open(visitor);
  const seen = await tab.evaluate(
    async ({ url, workerUrl, context }) => {
      const page = await edgewise.load(url, { context, workerUrl, anonymous: false });
      Object.assign(globalThis, { page });
      return [page.source, page.problem?.name, page.evaluate("color").reason, page.get("color", "red"), page.get("steps", 9)];
    },
    { url: site.rulesetUrl, workerUrl: worker.url, context },
  );
  assert.deepEqual(seen, ["worker", "CompileError", "experiment", "green", 3]);
  const elsewhere = await tab.evaluate(async () => {
    page.track("seen");
    await page.update({ country: "FR" });
    await page.flush();
    return [page.get("color", "red"), page.variant("checkout"), page.get("color", 7)];
  });
  assert.deepEqual(elsewhere, ["blue", null, 7]);
  const [exposure, track, ...more] = site.stored();
  assert.ok(exposure?.type === "exposure");
  assert.deepEqual([exposure.variant, exposure.ruleset, exposure.units], ["treatment", ruleset.digest, { user: treated }]);
  assert.deepEqual([track?.type, track?.units, more.length], ["track", { user: treated }, 0]);
});

test("without WebAssembly and without a worker every flag has its fallback", async () => {
  site.serve({ policy: "default-src 'self'; connect-src *" });
  const tab = await site.open(visitor);
  const seen = await tab.evaluate(async (url) => {
    const page = await edgewise.load(url, { workerUrl: "http://127.0.0.1:9" });
    return [page.source, page.get("color", "red")];
  }, site.rulesetUrl);
  assert.deepEqual(seen, ["none", "red"]);
});

test("a strict policy is kept, by the panel as well, and the panel forces variants that expose nobody", async () => {
  const connect = `connect-src 'self' ${site.collector.url}`;
  site.serve({ policy: `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; ${connect}; require-trusted-types-for 'script'` });
  const tab = await site.open(visitor);
  await tab.evaluate(
    async ({ url, context }) => {
      const violations: string[] = [];
      document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
      const page = await edgewise.load(url, { context });
      Object.assign(globalThis, { page, violations });
      await page.panel();
      await page.panel();
    },
    { url: site.rulesetUrl, context },
  );
  assert.equal(await tab.locator("edgewise-panel").count(), 1);
  const choice = tab.getByLabel("checkout");
  assert.match((await choice.textContent()) ?? "", /as drawn: treatment/);
  await choice.selectOption("control");
  await tab.waitForFunction(() => page.answer("checkout").variant === "control");
  const forced = await tab.evaluate(async () => {
    page.get("color", "red");
    await page.flush();
    return [page.answer("checkout").reason, page.peek("color", "red"), page.forced];
  });
  assert.deepEqual(forced, ["forced", "blue", { checkout: "control" }]);
  assert.deepEqual(await tab.evaluate(() => (globalThis as unknown as { violations: string[] }).violations), []);

  const next = await site.open(visitor);
  const kept = await next.evaluate(
    async ({ url, context }) => {
      const page = await edgewise.load(url, { context });
      const values = [page.variant("checkout")];
      await page.force("checkout", null);
      values.push(page.answer("checkout").variant);
      await page.flush();
      return values;
    },
    { url: site.rulesetUrl, context },
  );
  assert.deepEqual(kept, ["control", "treatment"]);
  assert.deepEqual(site.stored(), []);
});
