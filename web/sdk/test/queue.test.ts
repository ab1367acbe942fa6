/** Events of pages that are offline, left or open twice. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { BrowserContext, Page as Tab } from "playwright-core";
import { userIn } from "./document.js";
import { Site, until } from "./site.js";
import type { Edgewise } from "./site.js";

declare const edgewise: Edgewise;
declare const page: Awaited<ReturnType<Edgewise["load"]>>;

const context = { user: userIn("treatment"), country: "IN" };

let site: Site;
let visitor: BrowserContext;

beforeEach(async () => {
  site = await new Site().start();
  visitor = await site.visitor();
});

afterEach(() => site.stop());

async function load(tab: Tab): Promise<void> {
  await tab.evaluate(
    async ({ url, context }) => {
      Object.assign(globalThis, { page: await edgewise.load(url, { context }) });
    },
    { url: site.rulesetUrl, context },
  );
}

const names = (): string[] => site.stored().map((event) => ("name" in event ? event.name : event.type));

test("what happens offline is told when the network is back", async () => {
  const tab = await site.open(visitor);
  await load(tab);
  await visitor.setOffline(true);
  const offline = await tab.evaluate(() => {
    page.get("color", "red");
    page.track("purchase");
    return page.flush();
  });
  assert.deepEqual(offline, { delivered: 0, waiting: 2, lost: 0 });
  await visitor.setOffline(false);
  await until("both events", () => site.stored().length === 2);
  assert.deepEqual(names(), ["exposure", "purchase"]);
});

test("a collector that is away gets the events later, with the ids that they had", async () => {
  const tab = await site.open(visitor);
  await load(tab);
  const ids: string[][] = [];
  tab.on("request", (request) => {
    const { events } = request.url().endsWith("/v1/events") ? (request.postDataJSON() as { events: { id: string }[] }) : {};
    if (events) ids.push(events.map(({ id }) => id));
  });
  await site.collector.stop();
  const waiting = await tab.evaluate(() => {
    page.track("purchase");
    return page.flush();
  });
  assert.deepEqual(waiting, { delivered: 0, waiting: 1, lost: 0 });
  await site.startCollector();
  await until("the event", () => site.stored().length === 1);
  await until("word of both attempts", () => ids.length > 1);
  assert.deepEqual(new Set(ids.flat()), new Set([site.stored()[0]?.id]));
});

test("what a page could not send, the next one sends", async () => {
  const tab = await site.open(visitor);
  await load(tab);
  await site.collector.stop();
  await tab.evaluate(() => {
    page.track("purchase");
    return page.flush();
  });
  await tab.close({ runBeforeUnload: true });
  await site.startCollector();
  const next = await site.open(visitor);
  await load(next);
  await until("the event of the page before", () => site.stored().length === 1);
  await until("an empty queue", () =>
    next.evaluate(() => !Object.keys(localStorage).some((key) => key.startsWith("edgewise:event:"))),
  );
});

test("a thousand events on leaving: what the browser takes goes by beacon, the rest with the next page, each once", async () => {
  const tab = await site.open(visitor);
  await load(tab);
  const beacons: number[] = [];
  const session = await visitor.newCDPSession(tab);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ type, request }) => {
    if (type === "Ping") beacons.push(Number(request.headers["Content-Length"] ?? Buffer.byteLength(request.postData ?? "")));
  });
  await tab.evaluate(() => {
    for (let n = 0; n < 1_000; n++) page.track("click", { value: n });
  });
  await tab.goto("about:blank");
  await until("the first beacon's events", () => site.stored().length > 0);
  const carried = site.stored().length;
  assert.ok(carried > 100 && carried < 1_000, `${carried} events by beacon`);
  assert.ok(beacons.reduce((sum, bytes) => sum + bytes, 0) <= 65_536, `${beacons.join(" + ")} bytes`);

  await load(await site.open(visitor));
  await until("all events", () => site.stored().length === 1_000);
  const values = site.stored().map((event) => (event.type === "track" ? event.value : undefined));
  assert.equal(new Set(values).size, 1_000);
});

test("a page that the collector has answered hands its last events over for good", async () => {
  const tab = await site.open(visitor);
  await load(tab);
  await tab.evaluate(() => {
    page.track("first");
    return page.flush();
  });
  await tab.evaluate(() => page.track("last"));
  await tab.goto("about:blank");
  await until("what the beacon carried", () => site.stored().length === 2);
  const next = await site.open(visitor);
  assert.deepEqual(await next.evaluate(() => Object.keys(localStorage).filter((key) => key.includes(":event:"))), []);
});

test("two tabs expose a visitor once", async () => {
  const tabs = [await site.open(visitor), await site.open(visitor)];
  for (const tab of tabs) await load(tab);
  for (const tab of tabs) {
    const value = await tab.evaluate(async () => {
      const value = page.get("color", "red");
      page.track("seen");
      await page.flush();
      return value;
    });
    assert.equal(value, "green");
  }
  assert.deepEqual(names().sort(), ["exposure", "seen", "seen"]);
});

test("what another script wrote into the storage keeps nothing back", async () => {
  const tab = await site.open(visitor);
  await tab.evaluate(() => {
    localStorage.setItem("edgewise:event:1", "{no json");
    localStorage.setItem("edgewise:event:2", '{"type":"nonsense"}');
    localStorage.setItem("edgewise:forced", "7");
    localStorage.setItem("edgewise:id", "<script>");
  });
  await load(tab);
  const delivery = await tab.evaluate(() => {
    page.track("purchase");
    return page.flush();
  });
  assert.deepEqual([delivery.waiting, delivery.lost], [0, 1]);
  assert.deepEqual(names(), ["purchase"]);
});
