/** Forced variants in Chromium, on a site behind a real edge worker: its pages and the scripts in them show the same. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { forceToken } from "@edgewise/worker/force";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { Edgewise as Evaluator, uuidv7 } from "edgewise";
import type { BrowserContext, Page as Tab } from "playwright-core";
import { pagesRulesetBytes } from "./document.js";
import { Site, until } from "./site.js";
import type { Edgewise } from "./site.js";

declare const edgewise: Edgewise;
declare const page: Awaited<ReturnType<Edgewise["load"]>>;

const SECRET = "signing-0123456789abcdef";
const OTHER_SECRET = "another-0123456789abcdef";
const HTML = '<!doctype html><title>test</title><body><h1>control</h1><script type="module" src="/test/pages/page.js"></script>';

/** A visitor who is drawn into the control, so that the treatment was forced. */
const ruleset = Evaluator.loadSync(pagesRulesetBytes());
const DEVICE = Array.from({ length: 64 }, (_, n) => `d_${n}`).find(
  (device) => ruleset.context({ device }).variant("hero").variant === "control",
)!;

let site: Site;
let worker: LocalWorker;
let visitor: BrowserContext;

beforeEach(async () => {
  site = await new Site().start(pagesRulesetBytes());
  site.serve({ html: HTML });
  worker = await startWorker({
    CONTROL_URL: site.collector.url,
    COLLECTOR_URL: site.collector.url,
    ORIGIN_URL: site.url,
    SIGNING_SECRET: SECRET,
  });
  visitor = await site.visitor();
  await visitor.addCookies([{ name: "edgewise_id", value: DEVICE, url: worker.url }]);
});

afterEach(async () => {
  await worker.stop();
  await site.stop();
});

const token = (forced: Record<string, string>, panel = false, secret = SECRET): string =>
  forceToken(forced, Math.floor(Date.now() / 1000) + 3600, secret, panel);

const link = (text: string): string => `${worker.url}/?edgewise_force=${text}`;

/** What the edge worker made of the page, what its script is answered, and why. Both are used. */
async function shown(tab: Tab): Promise<unknown[]> {
  return tab.evaluate(async (url) => {
    const page = await edgewise.load(url);
    Object.assign(globalThis, { page });
    const color = page.get("color", "none");
    await page.flush();
    return [document.querySelector("h1")?.textContent, color, page.answer("hero").reason];
  }, site.rulesetUrl);
}

const exposed = (): unknown[] => site.exposures().map(({ unit, experiment, variant }) => [unit, experiment, variant]);

/** Sends an event through the worker and waits for it, so that everything before it has arrived as well. */
async function flushed(): Promise<void> {
  const event = { id: uuidv7(), type: "track", ts: new Date().toISOString(), units: { device: "marker" }, name: "marker" };
  const body = JSON.stringify({ batch_id: event.id, sent_at: event.ts, events: [event] });
  await fetch(`${worker.url}/_edgewise/v1/events`, { method: "POST", body });
  await until("the marker", () => site.stored().some(({ id }) => id === event.id));
}

test("a signed link forces the edge worker's page and the script in it alike, and exposes nobody", async () => {
  const tab = await site.open(visitor, link(token({ hero: "treatment" })));
  assert.equal(tab.url(), `${worker.url}/`);
  assert.deepEqual(await shown(tab), ["treatment", "green", "forced"]);
  assert.deepEqual(await shown(await site.open(visitor, `${worker.url}/`)), ["treatment", "green", "forced"], "on other pages too");

  await tab.evaluate(() => page.panel());
  const choice = tab.getByLabel("hero (by link)");
  assert.deepEqual([await choice.inputValue(), await choice.isDisabled()], ["treatment", true]);
  await assert.rejects(tab.evaluate(() => page.force("hero", "control")), /a signed link forces hero/);
  await flushed();
  assert.deepEqual(exposed(), []);

  await tab.getByRole("link", { name: "End the link" }).click();
  await tab.waitForURL(`${worker.url}/`);
  await tab.waitForFunction(() => "edgewise" in globalThis);
  assert.deepEqual(await shown(tab), ["control", "blue", "assigned"]);
  await flushed();
  // The worker exposes for its page and the script for its own use: the same unit to the same variant.
  assert.deepEqual(new Set(exposed().map((exposure) => JSON.stringify(exposure))), new Set([JSON.stringify([DEVICE, "hero", "control"])]));
});

test("what nobody signed forces nothing at the edge", async () => {
  const cookie = (name: string, value: string) => ({ name, value, url: worker.url });
  await visitor.addCookies([
    cookie("edgewise_forced", encodeURIComponent('{"forced":{"hero":"treatment"}}')),
    cookie("edgewise_force", token({ hero: "treatment" }, true, OTHER_SECRET)),
  ]);
  const altered = token({ hero: "treatment" }).replace(/^[^.]+/, Buffer.from('{"forced":{"hero":"treatment"},"until":9e12}').toString("base64url"));
  const tab = await site.open(visitor, link(altered));
  assert.deepEqual(await shown(tab), ["control", "green", "forced"], "the script alone, as with the panel");
  const refused = await tab.evaluate(async () => {
    const body = JSON.stringify({ experiment: "hero", variant: "treatment" });
    return (await fetch("/_edgewise/v1/forced", { method: "POST", body })).status;
  });
  assert.equal(refused, 403);
  await flushed();
  assert.deepEqual(exposed(), [[DEVICE, "hero", "control"]], "for the page that the worker showed");
});

test("the panel counts for its own browser's scripts, and says so", async () => {
  const tab = await site.open(visitor, `${worker.url}/`);
  await shown(tab);
  await tab.evaluate(() => page.panel());
  await tab.getByLabel("hero").selectOption("treatment");
  await tab.waitForFunction(() => page.answer("hero").reason === "forced");
  assert.match((await tab.locator("edgewise-panel p").last().textContent()) ?? "", /follow signed links alone/);
  assert.deepEqual(await shown(await site.open(visitor, `${worker.url}/`)), ["control", "green", "forced"]);
});

test("with a link that allows it the panel chooses for the edge worker as well, and takes it back", async () => {
  const tab = await site.open(visitor, link(token({}, true)));
  assert.deepEqual(await shown(tab), ["control", "blue", "assigned"]);
  await tab.evaluate(() => page.panel());
  assert.match((await tab.locator("edgewise-panel p").last().textContent()) ?? "", /for the edge worker as well/);
  for (const [choice, seen] of [
    ["treatment", ["treatment", "green", "forced"]],
    ["", ["control", "blue", "assigned"]],
    ["control", ["control", "blue", "forced"]],
  ] as const) {
    await tab.getByLabel("hero").selectOption(choice);
    const reason = seen[2];
    await tab.waitForFunction((reason) => page.answer("hero").reason === reason, reason);
    assert.deepEqual(await shown(await site.open(visitor, `${worker.url}/`)), seen);
  }
  assert.equal(await tab.evaluate(() => localStorage.getItem("edgewise:forced")), null, "kept in one place");

  await visitor.clearCookies({ name: "edgewise_force" });
  await tab.getByLabel("hero").selectOption("treatment");
  const refusal = tab.getByRole("alert").filter({ hasText: "the edge worker forces nothing: variants are chosen by who came by a link" });
  await refusal.waitFor();
  assert.equal(await tab.getByLabel("hero").inputValue(), "control", "what counts is shown");
});

test("a bootstrap that was rendered by a link forces the page on when the ruleset comes", async () => {
  const response = await fetch(`${worker.url}/_edgewise/ofrep/v1/evaluate/flags`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-edgewise-force": token({ hero: "treatment" }) },
    body: JSON.stringify({ context: { device: DEVICE } }),
  });
  const tab = await site.open(visitor);
  const seen = await tab.evaluate(
    async ({ url, bootstrap, device }) => {
      const page = edgewise.start(url, { context: { device }, bootstrap: JSON.parse(bootstrap) });
      const first = [page.source, page.get("color", "none"), page.answer("hero").reason];
      await page.ready;
      const later = [page.source, page.get("color", "none"), page.answer("hero").reason, page.forcedLink];
      return { first, later, delivery: await page.flush() };
    },
    { url: site.rulesetUrl, bootstrap: await response.text(), device: DEVICE },
  );
  assert.deepEqual(seen.first, ["bootstrap", "green", "forced"]);
  assert.deepEqual(seen.later, ["network", "green", "forced", { variants: { hero: "treatment" }, mayChoose: false }]);
  assert.deepEqual(seen.delivery, { delivered: 0, waiting: 0, lost: 0 });
});

test("where the worker of the site answers a page, it goes by the link, unless the visitor allows no cookies", async () => {
  // No 'wasm-unsafe-eval'.
  site.serve({ html: HTML, policy: "default-src 'self'; connect-src *" });
  const tab = await site.open(visitor, link(token({ hero: "treatment" })));
  const ask = (consent: boolean): Promise<unknown[]> =>
    tab.evaluate(
      async ({ url, workerUrl, context, consent }) => {
        const page = await edgewise.load(url, { workerUrl, context, consent });
        return [page.source, page.get("color", "none"), page.answer("hero").reason, (await page.flush()).delivered];
      },
      { url: site.rulesetUrl, workerUrl: `${worker.url}/_edgewise`, context: { device: DEVICE }, consent },
    );
  assert.deepEqual(await ask(true), ["worker", "green", "forced", 0]);
  assert.deepEqual((await ask(false)).slice(0, 3), ["worker", "blue", "assigned"]);
});
