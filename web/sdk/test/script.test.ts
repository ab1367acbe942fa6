/** The script-tag build as it is shipped: from the first paint on, and what it fetches when it is needed. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Route } from "playwright-core";
import { heldOutRulesetBytes, ruleset, userIn } from "./document.js";
import { Site, until } from "./site.js";
import type { Edgewise } from "./site.js";

declare const edgewise: Edgewise;
declare const page: Awaited<ReturnType<Edgewise["load"]>>;
declare const shown: string[];

const context = { user: userIn("treatment"), country: "IN" };

let site: Site;

beforeEach(async () => {
  site = await new Site().start();
});

afterEach(() => site.stop());

/** A page whose heading is what the flag says, set by an inline script; `shown` lists what it was at each frame. */
function html(bootstrap: object): string {
  const options = JSON.stringify({ context, bootstrap });
  return `<!doctype html><title>test</title><script src="/script/edgewise.js"></script><h1></h1><script>
    const heading = document.querySelector("h1");
    var page = edgewise.start(${JSON.stringify(site.rulesetUrl)}, ${options});
    const show = () => { heading.textContent = page.get("color", "red"); };
    show();
    page.subscribe(show);
    var shown = [];
    const look = () => { shown.push(heading.textContent); requestAnimationFrame(look); };
    requestAnimationFrame(look);
  </script>`;
}

test("the first paint shows the visitor's variant, and nothing flickers when the ruleset comes", async () => {
  const exposures = JSON.stringify(ruleset.context(context).exposures("checkout"));
  const metadata = { experiment: "checkout", assignment: "assigned", exposures };
  site.serve({ html: html({ flags: [{ key: "color", value: "green", reason: "SPLIT", variant: "treatment", metadata }] }) });
  const visitor = await site.visitor();
  let held: Route | undefined;
  await visitor.route("**/v1/ruleset", (route) => {
    held = route;
  });
  const tab = await site.open(visitor);
  await tab.waitForFunction(() => shown.length > 2);
  assert.equal(await tab.evaluate(() => page.source), "bootstrap");
  await until("the request for the ruleset", () => held !== undefined);
  await held!.continue();
  await tab.waitForFunction(() => page.source === "network");
  const before = await tab.evaluate(() => shown.length);
  await tab.waitForFunction((before) => shown.length > before + 2, before);
  assert.deepEqual([...new Set(await tab.evaluate(() => shown))], ["green"]);
  await tab.evaluate(() => page.flush());
  assert.equal(site.exposures().length, 1);
});

test("the whole evaluator and the panel are fetched from beside the script, when they are needed", async () => {
  await site.collector.stop();
  site.publish(heldOutRulesetBytes());
  await site.startCollector();
  site.serve({ html: html({}) });
  const tab = await site.open(await site.visitor());
  const seen = await tab.evaluate(async () => {
    await page.ready;
    await page.panel();
    return [page.source, page.answer("checkout").variant];
  });
  assert.deepEqual(seen, ["network", "treatment"]);
  await tab.getByLabel("checkout").selectOption("control");
  await tab.waitForFunction(() => page.answer("checkout").reason === "forced");
  const fetched = await tab.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name.split("/").pop()));
  for (const file of ["edgewise.js", "lite.wasm", "edgewise-full.js", "full.wasm", "edgewise-panel.js"]) {
    assert.ok(fetched.includes(file), `${file} is not among ${fetched.join(", ")}`);
  }
});

test("a page that needs neither fetches the script, the small evaluator and the ruleset alone", async () => {
  site.serve({ html: html({}) });
  const tab = await site.open(await site.visitor());
  await tab.evaluate(() => page.ready);
  const fetched = await tab.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name.split("/").pop()));
  assert.deepEqual(fetched.filter((name) => name !== "favicon.ico").sort(), ["edgewise.js", "lite.wasm", "ruleset"]);
});
