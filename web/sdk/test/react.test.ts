/** The React hooks with the real React in Chromium, under strict mode. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import type { Page as Tab } from "playwright-core";
import { ruleset, userIn } from "./document.js";
import { App } from "./pages/app.js";
import { Site } from "./site.js";
import type { Edgewise } from "./site.js";

type Page = Awaited<ReturnType<Edgewise["load"]>>;
type Bootstrap = NonNullable<NonNullable<Parameters<Edgewise["start"]>[1]>["bootstrap"]>;

declare const edgewise: Edgewise;
declare const page: Page;
declare const render: (page: Page, bootstrap?: Bootstrap) => void;
declare const counted: { renders: number; errors: string[] };

const SCRIPT = '<script type="module" src="/test/pages/react.js"></script>';
const html = (root: string): string => `<!doctype html><title>test</title><body><div id="root">${root}</div>${SCRIPT}`;

let site: Site;
let tab: Tab;

beforeEach(async () => {
  site = await new Site().start();
});

afterEach(() => site.stop());

async function open(root = ""): Promise<void> {
  site.serve({ html: html(root) });
  tab = await site.open(await site.visitor());
}

/** Renders before the ruleset is there, and waits until it is. */
function show(user: string, bootstrap?: Bootstrap): Promise<void> {
  return tab.evaluate(
    async ({ url, user, bootstrap }) => {
      const context = { user, country: "IN" };
      const page = edgewise.start(url, bootstrap ? { context, bootstrap } : { context });
      Object.assign(globalThis, { page });
      render(page, bootstrap);
      await page.ready;
    },
    { url: site.rulesetUrl, user, bootstrap },
  );
}

for (const [variant, color] of [
  ["treatment", "green"],
  // The control looks like the fallback: nothing changes on the page, and it is exposed all the same.
  ["control", "blue"],
] as const) {
  test(`the ${variant} is shown, and exposed once`, async () => {
    await open();
    await show(userIn(variant));
    await tab.getByRole("status").getByText(variant).waitFor();
    assert.equal(await tab.getByRole("button").textContent(), color);
    await tab.getByRole("button").click();
    assert.ok((await tab.evaluate(() => counted.renders)) >= 2);
    await tab.evaluate(() => page.flush());
    assert.deepEqual(
      site.stored().map((event) => (event.type === "exposure" ? event.variant : event.type)),
      [variant, "track"],
    );
  });
}

test("a change of the context is rendered", async () => {
  await open();
  await show(userIn("treatment"));
  await tab.getByText("green").waitFor();
  await tab.evaluate(() => page.update({ country: "FR" }));
  await tab.getByText("none").waitFor();
  assert.equal(await tab.getByRole("button").textContent(), "blue");
});

test("what the server rendered is taken over as it is", async () => {
  const user = userIn("treatment");
  const exposures = JSON.stringify(ruleset.context({ user, country: "IN" }).exposures("checkout"));
  const metadata = { experiment: "checkout", assignment: "assigned", exposures };
  const bootstrap = { flags: [{ key: "color", value: "green", reason: "SPLIT", variant: "treatment", metadata }] };
  const rendered = renderToString(createElement(App, { page: undefined, bootstrap }));
  assert.match(rendered, /<button>green<\/button><output>treatment<\/output>/);
  await open(rendered);
  await show(user, bootstrap);
  await tab.getByRole("button").click();
  await tab.evaluate(() => page.flush());
  assert.deepEqual(await tab.evaluate(() => counted.errors), []);
  assert.deepEqual(
    site.stored().map(({ type }) => type),
    ["exposure", "track"],
  );
});
