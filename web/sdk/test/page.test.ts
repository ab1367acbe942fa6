/** The page in Chromium, before a real `edgewise serve` of another origin: answers, exposures and events. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Page as Tab } from "playwright-core";
import { firstUser, heldOutRuleset, heldOutRulesetBytes, ruleset, userIn } from "./document.js";
import { Site, until } from "./site.js";
import type { Edgewise } from "./site.js";

declare const edgewise: Edgewise;

const treated = userIn("treatment");
const context = { user: treated, device: "d_1", country: "IN" };

let site: Site;
let tab: Tab;

beforeEach(async () => {
  site = await new Site().start();
  tab = await site.open(await site.visitor());
});

afterEach(() => site.stop());

test("looking exposes nobody, using does, once, and what is tracked arrives with it", async () => {
  const seen = await tab.evaluate(
    async ({ url, context }) => {
      const page = await edgewise.load(url, { context });
      const looked = [page.evaluate("color").value, page.peek("color", "red"), page.answer("checkout").variant];
      const all = page.assignments().map(({ experiment }) => experiment);
      const nothing = await page.flush();
      const used = [page.get("color", "red"), page.get("color", "red"), page.variant("checkout"), page.get("nope", 7)];
      page.track("purchase", { value: 12.5, currency: "EUR" });
      page.feedback("survey", { value: 4, sentiment: "positive" });
      return { source: page.source, looked, all, nothing, used, delivery: await page.flush() };
    },
    { url: site.rulesetUrl, context },
  );

  assert.equal(seen.source, "network");
  assert.deepEqual(seen.looked, ["green", "green", "treatment"]);
  assert.deepEqual(seen.all, ["checkout", "menu"]);
  assert.deepEqual(seen.nothing, { delivered: 0, waiting: 0, lost: 0 });
  assert.deepEqual(seen.used, ["green", "green", "treatment", 7]);
  assert.deepEqual(seen.delivery, { delivered: 3, waiting: 0, lost: 0 });

  const [exposure, purchase, survey, ...more] = site.stored();
  assert.equal(more.length, 0);
  assert.ok(exposure?.type === "exposure");
  assert.deepEqual(
    [exposure.units, exposure.variant, exposure.attributes, exposure.ruleset],
    [{ user: treated, device: "d_1" }, "treatment", { country: "IN" }, ruleset.digest],
  );
  assert.ok(purchase?.type === "track");
  assert.deepEqual([purchase.name, purchase.value, purchase.properties], ["purchase", 12.5, { currency: "EUR" }]);
  assert.ok(survey?.type === "feedback");
  assert.deepEqual([survey.name, survey.value, survey.properties], ["survey", 4, { sentiment: "positive" }]);
});

test("a visitor whom no experiment takes is not exposed", async () => {
  const value = await tab.evaluate(
    async ({ url, context }) => {
      const page = await edgewise.load(url, { context });
      void page.update({ country: "FR" });
      const value = page.get("color", "red");
      page.track("done");
      await page.flush();
      return value;
    },
    { url: site.rulesetUrl, context },
  );
  assert.equal(value, "blue");
  assert.deepEqual(
    site.stored().map(({ type }) => type),
    ["track"],
  );
});

test("a holdout fetches the whole evaluator, and its visitors are exposed to it in either arm", async () => {
  const heldOut = (user: string): boolean => heldOutRuleset.context({ user }).variant("paging").reason === "held_out";
  const users = [firstUser(heldOut), firstUser((user) => !heldOut(user))];
  await site.collector.stop();
  site.publish(heldOutRulesetBytes());
  await site.startCollector();
  const values = await tab.evaluate(
    async ({ url, users }) => {
      const values = [];
      for (const user of users) {
        const page = await edgewise.load(url, { context: { user } });
        values.push(page.get("pages", true), page.get("pages", true), page.variant("paging"));
        await page.flush();
      }
      return values;
    },
    { url: site.rulesetUrl, users },
  );
  assert.deepEqual(values, [false, false, null, true, true, "treatment"]);
  assert.deepEqual(
    site.exposures().map(({ units, kind, experiment, variant }) => [units.user, kind, experiment, variant]),
    [
      [users[0], "holdout", "quiet", "held_out"],
      [users[1], "holdout", "quiet", "open"],
      [users[1], "experiment", "paging", "treatment"],
    ],
  );
});

test("events are sent by themselves", async () => {
  await tab.evaluate(
    async ({ url, context }) => void (await edgewise.load(url, { context })).get("color", "red"),
    { url: site.rulesetUrl, context },
  );
  await until("the exposure", () => site.stored().length === 1);
});

test("without a ruleset every flag has its fallback, and the page says why", async () => {
  const seen = await tab.evaluate(async (url) => {
    const page = await edgewise.load(`${url}s/none`, { context: { user: "u_1" } });
    return [page.source, page.problem?.message, page.get("color", "red"), page.variant("checkout")];
  }, site.rulesetUrl);
  assert.match(String(seen[1]), /no ruleset at .*\/v1\/rulesets\/none: the server answered with status 40\d/);
  assert.deepEqual([seen[0], seen[2], seen[3]], ["none", "red", null]);
});

test("a context of anything at all breaks nothing", async () => {
  const seen = await tab.evaluate(async (url) => {
    const page = await edgewise.load(url, { context: { user: "\ud800", country: Symbol.iterator, list: [{}] } });
    await page.update({ user: 2 ** 60 });
    return [page.get("color", "red"), page.answer("checkout").reason, page.get("color", 5), page.answer("nope").reason];
  }, site.rulesetUrl);
  assert.deepEqual(seen, ["blue", "invalid_unit", 5, "unknown_experiment"]);
});
