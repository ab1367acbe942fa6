/** The package in a page in Chromium, before a real `edgewise serve` of another origin. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCollector } from "@edgewise/worker/local/collector";
import type { LocalCollector } from "@edgewise/worker/local/collector";
import { Edgewise } from "edgewise";
import type { Answer, EdgewiseEvent, FlagAnswer } from "edgewise";
import { chromium } from "playwright-core";
import type { Browser, Page as Tab } from "playwright-core";
import type { load as loadPage } from "../src/index.js";

declare const load: typeof loadPage;

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const QUIET = ["--disable-component-update", "--disable-sync"];
const PAGE = fileURLToPath(new URL("page/", import.meta.url));
const TYPES: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };

const DOCUMENT = {
  seed: "9f86d081884c7d65",
  units: ["user", "device"],
  experiments: [
    {
      id: "checkout",
      iteration: 1,
      salt: "experiment:checkout@1",
      unit: "user",
      state: "running",
      targeting: { in: { attribute: ["country"], values: ["IN", "US"] } },
      variants: [
        { id: "control", control: true },
        { id: "treatment", overrides: { color: '"green"' } },
      ],
      allocation: [
        { start: 0, end: 500_000, variant: "control" },
        { start: 500_000, end: 1_000_000, variant: "treatment" },
      ],
    },
    {
      id: "paging",
      iteration: 1,
      salt: "experiment:paging@1",
      unit: "user",
      state: "running",
      holdouts: ["quiet"],
      variants: [
        { id: "control", control: true },
        { id: "treatment", overrides: { pages: "true" } },
      ],
      allocation: [{ start: 0, end: 1_000_000, variant: "treatment" }],
    },
  ],
  holdouts: [{ id: "quiet", salt: "holdout:quiet", unit: "user", buckets: 500_000 }],
  flags: [
    { id: "color", salt: "flag:color", type: "string", default: '"blue"' },
    { id: "pages", salt: "flag:pages", type: "boolean", default: "false" },
  ],
};
const RULESET = new Uint8Array(Edgewise.compile(DOCUMENT));

/** A user of the treatment. */
const ruleset = Edgewise.loadSync(RULESET);
const treated = Array.from({ length: 64 }, (_, n) => `u_${n}`).find(
  (user) => ruleset.context({ user, country: "IN" }).variant("checkout").variant === "treatment",
);
assert.ok(treated);

let browser: Browser;
let site: Server;
let folder: string;
let collector: LocalCollector;
let tab: Tab;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...FLAGS, ...QUIET],
  });
  site = createServer(({ url = "/" }, response) => {
    const type = TYPES[extname(url)];
    if (type) response.writeHead(200, { "content-type": type }).end(readFileSync(join(PAGE, url)));
    else
      response
        .writeHead(200, { "content-type": "text/html" })
        .end('<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
});

after(async () => {
  await browser.close();
  site.closeAllConnections();
  await new Promise((resolve) => site.close(resolve));
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "edgewise-browser-"));
  writeFileSync(join(folder, "ruleset"), RULESET);
  collector = await startCollector(join(folder, "ruleset"), join(folder, "data"));
  tab = await (await browser.newContext()).newPage();
  await tab.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await tab.waitForFunction(() => "load" in globalThis);
});

afterEach(async () => {
  await tab.context().close();
  await collector.stop();
  rmSync(folder, { recursive: true });
});

function stored(): EdgewiseEvent[] {
  const log = join(folder, "data", "log");
  const lines = readdirSync(log).flatMap((name) => readFileSync(join(log, name), "utf8").split("\n"));
  return lines.filter((line) => line !== "").map((line) => (JSON.parse(line) as { event: EdgewiseEvent }).event);
}

async function until(what: string, look: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    if (look()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited 10 s in vain for ${what}`);
}

const visitor = (): [string, Record<string, string>] => [
  `${collector.url}/v1/ruleset`,
  { user: treated, device: "d_1", country: "IN" },
];

test("looking exposes nobody, using does, once, and what is tracked arrives with it", async () => {
  const seen = await tab.evaluate(async ([url, context]) => {
    const page = await load(url, { context });
    const looked: [FlagAnswer, Answer[]] = [page.evaluate("color"), page.assignments()];
    const nothing = await page.flush();
    const values = [page.get("color", "red"), page.get("color", "red"), page.variant("checkout"), page.get("nope", 7)];
    page.track("purchase", { value: 12.5, currency: "EUR" });
    return { looked, nothing, values, delivery: await page.flush() };
  }, visitor());

  assert.equal(seen.looked[0].value, "green");
  assert.equal(seen.looked[1][0]?.variant, "treatment");
  assert.deepEqual(seen.nothing, { delivered: 0, waiting: 0, lost: 0 });
  assert.deepEqual(seen.values, ["green", "green", "treatment", 7]);
  assert.deepEqual(seen.delivery, { delivered: 2, waiting: 0, lost: 0 });

  const [exposure, purchase, ...more] = stored();
  assert.equal(more.length, 0);
  assert.deepEqual([exposure?.type, exposure?.units], ["exposure", { user: treated, device: "d_1" }]);
  assert.ok(exposure?.type === "exposure");
  assert.deepEqual(
    [exposure.variant, exposure.attributes, exposure.ruleset],
    ["treatment", { country: "IN" }, ruleset.digest],
  );
  assert.ok(purchase?.type === "track");
  assert.deepEqual([purchase.name, purchase.value, purchase.properties], ["purchase", 12.5, { currency: "EUR" }]);
});

test("a visitor whom a holdout holds out is exposed to it, and any other to it and the experiment", async () => {
  const users = Array.from({ length: 64 }, (_, n) => `u_${n}`);
  const heldOut = (user: string): boolean => ruleset.context({ user }).variant("paging").reason === "held_out";
  const both = [users.find(heldOut), users.find((user) => !heldOut(user))];
  const [url] = visitor();
  const values = await tab.evaluate(
    async ([url, ...users]) => {
      const values = [];
      for (const user of users) {
        const page = await load(url!, { context: { user } });
        values.push(page.get("pages", true), page.get("pages", true), page.variant("paging"));
        await page.flush();
      }
      return values;
    },
    [url, ...both],
  );
  assert.deepEqual(values, [false, false, null, true, true, "treatment"]);
  assert.deepEqual(
    stored().map((event) => event.type === "exposure" && [event.units.user, event.kind, event.experiment, event.variant]),
    [
      [both[0], "holdout", "quiet", "held_out"],
      [both[1], "holdout", "quiet", "open"],
      [both[1], "experiment", "paging", "treatment"],
    ],
  );
});

test("a visitor whom no experiment takes is not exposed", async () => {
  const value = await tab.evaluate(async ([url, context]) => {
    const page = await load(url, { context });
    page.update({ country: "FR" });
    const value = page.get("color", "red");
    page.track("done");
    await page.flush();
    return value;
  }, visitor());
  assert.equal(value, "blue");
  assert.deepEqual(
    stored().map(({ type }) => type),
    ["track"],
  );
});

test("events are sent by themselves, and leave by beacon when the page is hidden", async () => {
  await tab.evaluate(async ([url, context]) => {
    const page = await load(url, { context });
    Object.assign(globalThis, { page });
    page.get("color", "red");
  }, visitor());
  await until("the exposure", () => stored().length === 1);
  await tab.evaluate(() => (globalThis as unknown as { page: { track(name: string): void } }).page.track("left"));
  await tab.goto("about:blank");
  await until("what the beacon carried", () => stored().length === 2);
});

test("a collector that is away gets the events later", async () => {
  const { host } = new URL(collector.url);
  await tab.evaluate(async ([url, context]) => {
    const page = await load(url, { context });
    Object.assign(globalThis, { page });
  }, visitor());
  await collector.stop();
  const offline = await tab.evaluate(async () => {
    const { page } = globalThis as unknown as { page: Awaited<ReturnType<typeof load>> };
    page.get("color", "red");
    return page.flush();
  });
  assert.deepEqual(offline, { delivered: 0, waiting: 1, lost: 0 });
  collector = await startCollector(join(folder, "ruleset"), join(folder, "data"), host);
  await until("the exposure", () => stored().length === 1);
});

test("the browser's cache keeps the ruleset; a missing one is an error with its status", async () => {
  const fromCache: boolean[] = [];
  const session = await tab.context().newCDPSession(tab);
  await session.send("Network.enable");
  session.on("Network.responseReceived", ({ response }) => {
    if (response.url.endsWith("/v1/ruleset")) fromCache.push(response.fromDiskCache === true);
  });
  const message = await tab.evaluate(async ([url, context]) => {
    await load(url, { context });
    await load(url, { context });
    return load(`${url}s/none`, { context }).then(
      () => "loaded",
      (error: Error) => error.message,
    );
  }, visitor());
  assert.match(message, /no ruleset at .*\/v1\/rulesets\/none: the server answered with status 40\d/);
  assert.deepEqual(fromCache, [false, true]);
});
