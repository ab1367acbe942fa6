/** The anonymous id: where it is kept, who may have it, and what it is linked with. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { BrowserContext, Page as Tab } from "playwright-core";
import { Site } from "./site.js";
import type { Edgewise } from "./site.js";

declare const edgewise: Edgewise;

let site: Site;
let visitor: BrowserContext;

beforeEach(async () => {
  site = await new Site().start();
  visitor = await site.visitor();
});

afterEach(() => site.stop());

const cookie = async (): Promise<string | undefined> =>
  (await visitor.cookies()).find(({ name }) => name === "edgewise_id")?.value;

/** Uses the experiment on devices, says what the page knows then, and tracks something. */
function meet(tab: Tab, consent?: boolean): Promise<{ reason: string; kept: string[] }> {
  return tab.evaluate(
    async ({ url, consent }) => {
      const page = await edgewise.load(url, consent === undefined ? {} : { consent });
      Object.assign(globalThis, { page });
      page.variant("menu");
      page.track("seen");
      await page.flush();
      let kept: string[] = [];
      try {
        kept = Object.keys(localStorage).filter((key) => key.startsWith("edgewise"));
      } catch {
        // Blocked.
      }
      return { reason: page.answer("menu").reason, kept };
    },
    { url: site.rulesetUrl, consent },
  );
}

test("a browser keeps its id over pages, in a cookie and beside it, and either restores the other", async () => {
  const tab = await site.open(visitor);
  assert.equal((await meet(tab)).reason, "assigned");
  const id = await cookie();
  assert.match(id ?? "", /^[0-9a-f-]{36}$/);

  await visitor.clearCookies();
  await meet(await site.open(visitor));
  assert.equal(await cookie(), id);

  await tab.evaluate(() => localStorage.clear());
  await meet(await site.open(visitor));
  assert.equal(await tab.evaluate(() => localStorage.getItem("edgewise:id")), id);
  assert.deepEqual(
    new Set(site.stored().map(({ units }) => units.device)),
    new Set([id]),
  );
});

test("an id that the server set is taken over", async () => {
  await visitor.addCookies([{ name: "edgewise_id", value: "of-the-edge", url: site.url }]);
  await meet(await site.open(visitor));
  assert.deepEqual(site.stored()[0]?.units, { device: "of-the-edge" });
});

test("signing in links the device with the user", async () => {
  const tab = await site.open(visitor);
  await meet(tab);
  await tab.evaluate(async () => {
    const { page } = globalThis as unknown as { page: Awaited<ReturnType<Edgewise["load"]>> };
    await page.identify({ user: "u_42" });
    page.track("purchase");
    await page.flush();
  });
  const units = { user: "u_42", device: await cookie() };
  assert.deepEqual(
    site
      .stored()
      .slice(-2)
      .map((event) => [event.type, event.units]),
    [
      ["identify", units],
      ["track", units],
    ],
  );
});

test("without consent there is no id, no exposure, no event, and nothing is kept", async () => {
  const tab = await site.open(visitor);
  assert.deepEqual(await meet(tab, false), { reason: "missing_unit", kept: [] });
  assert.equal(await cookie(), undefined);
  assert.deepEqual(await tab.evaluate(() => caches.keys()), []);
  assert.deepEqual(site.stored(), []);
});

test("consent that is given makes an id, and consent that is taken back removes everything", async () => {
  const tab = await site.open(visitor);
  await meet(tab, false);
  const change = (consent: boolean): Promise<string[]> =>
    tab.evaluate(async (consent) => {
      const { page } = globalThis as unknown as { page: Awaited<ReturnType<Edgewise["load"]>> };
      await page.setConsent(consent);
      page.track("done");
      const reason = page.answer("menu").reason;
      return [reason, ...Object.keys(localStorage).map((key) => key.split(":")[1] ?? "")].sort();
    }, consent);
  assert.deepEqual(await change(true), ["assigned", "event", "id"]);
  assert.ok(await cookie());
  assert.deepEqual(await change(false), ["missing_unit"]);
  assert.equal(await cookie(), undefined);
});

for (const [signal, value] of [
  ["globalPrivacyControl", true],
  ["doNotTrack", "1"],
] as const) {
  test(`${signal} is a no, unless the visitor said yes on this site`, async () => {
    // What Chromium has no switch for is set where an extension would set it.
    await visitor.addInitScript(([signal, value]) => {
      Object.defineProperty(Navigator.prototype, signal, { get: () => value });
    }, [signal, value] as const);
    const tab = await site.open(visitor);
    assert.deepEqual(await meet(tab), { reason: "missing_unit", kept: [] });
    assert.deepEqual(site.stored(), []);
    assert.equal((await meet(tab, true)).reason, "assigned");
    assert.equal(site.stored().length, 2);
  });
}

test("where nothing can be kept there is no id, and signed-in visitors are answered and told about", async () => {
  // A sandboxed frame has an opaque origin: its cookies and its storage throw.
  site.serve({ policy: "sandbox allow-scripts" });
  const tab = await site.open(visitor);
  assert.equal(await tab.evaluate(() => origin), "null");
  assert.deepEqual(await meet(tab), { reason: "missing_unit", kept: [] });
  const seen = await tab.evaluate(async (url) => {
    const page = await edgewise.load(url, { context: { user: "u_1", country: "IN" } });
    page.variant("checkout");
    return [page.answer("checkout").reason, (await page.flush()).delivered];
  }, site.rulesetUrl);
  assert.deepEqual(seen, ["assigned", 1]);
});
