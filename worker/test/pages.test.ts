/** Pages of a site behind the worker: what an experiment changes, and what nothing does. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { edgewiseBinary } from "@edgewise/worker/local/binary";
import { forceToken } from "@edgewise/worker/force";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { Edgewise } from "edgewise";
import { post, until } from "./asking.js";
import { pagesRulesetBytes } from "./ruleset.js";
import type { Behaviour } from "./server.js";
import { acknowledging, batchIn, ScriptedServer, servingRuleset } from "./server.js";
import type { SeenEvent } from "./server.js";

const SECRET = "signing-0123456789abcdef";

const RULESET = pagesRulesetBytes({
  changed: {
    paths: ["/", "/shop/*"],
    changes: [
      { select: "h1", text: "Wool <socks>" },
      { select: "a.buy", attribute: "href", value: "/buy?now=1" },
      { select: "a.buy", attribute: "rel", value: null },
      { select: "#hero", html: "<b>warm</b>", place: "append" },
      { select: ".old", remove: true },
    ],
    headers: { "x-hero": "changed", "x-site": null },
  },
  moved: { paths: ["/"], redirect: "/elsewhere" },
});

const PAGE = `<!doctype html><html><head><title>Shop</title></head><body>
<h1 class=big>Socks</h1><div id="hero"><i>soft</i></div><a class="buy" rel="nofollow" href="/buy">Buy</a><p class="old">Old</p>
<p>caf\u00e9 &amp; more</p></body></html>\n`;

const CHANGED = PAGE.replace(">Socks<", ">Wool &lt;socks&gt;<")
  .replace(`<i>soft</i>`, "<i>soft</i><b>warm</b>")
  .replace(` rel="nofollow" href="/buy"`, ` href="/buy?now=1"`)
  .replace(`<p class="old">Old</p>`, "");

const HTML = { "content-type": "text/html; charset=utf-8", "x-site": "yes" };
const plainPage: Behaviour = () => ({ status: 200, headers: HTML, body: PAGE });

let control: ScriptedServer;
let collector: ScriptedServer;
let site: ScriptedServer;
let worker: LocalWorker;

const start = (variables: Record<string, string> = {}): Promise<LocalWorker> =>
  startWorker({
    CONTROL_URL: control.url,
    COLLECTOR_URL: collector.url,
    ORIGIN_URL: site.url,
    SIGNING_SECRET: SECRET,
    ...variables,
  });

before(async () => {
  control = await new ScriptedServer(servingRuleset(RULESET, '"one"')).start();
  collector = await new ScriptedServer(acknowledging).start();
  site = await new ScriptedServer(plainPage).start();
  worker = await start();
});

beforeEach(() => {
  site.behaviour = plainPage;
  site.seen.length = 0;
});

after(async () => {
  await worker.stop();
  for (const server of [control, collector, site]) await server.stop();
});

const ruleset = Edgewise.loadSync(RULESET);

/** A visitor whom no other test has met, drawn into the variant. */
let nextVisitor = 0;
function visitorIn(variant: string): string {
  for (;;) {
    const device = `visitor-${nextVisitor++}`;
    if (ruleset.context({ device }).variant("hero").variant === variant) return device;
  }
}

function visit(path: string, visitor?: string, headers: Record<string, string> = {}, from = worker): Promise<Response> {
  const cookie = [visitor === undefined ? [] : [`edgewise_id=${visitor}`], headers.cookie ?? []].flat().join("; ");
  return fetch(`${from.url}${path}`, {
    redirect: "manual",
    headers: { accept: "text/html,*/*;q=0.8", ...headers, ...(cookie !== "" && { cookie }) },
  });
}

const shippedOf = (device: string): SeenEvent[] =>
  collector.seen.flatMap((request) => batchIn(request).events).filter(({ units }) => units.device === device);

/** Sends an event through and waits for it, so that everything before it has arrived as well. */
async function flushed(from = worker): Promise<void> {
  const id = crypto.randomUUID();
  const event = { id, type: "track", ts: new Date().toISOString(), units: { device: "marker" }, name: "marker" };
  await post(`${from.url}/_edgewise/v1/events`, { batch_id: id, events: [event] });
  await until("the marker", () => shippedOf("marker").some((seen) => seen.id === id));
}

test("a variant's changes are made, and everything else is left byte for byte", async () => {
  for (const path of ["/", "/shop/socks?color=red"]) {
    const visitor = visitorIn("changed");
    const response = await visit(path, visitor);
    assert.equal(await response.text(), CHANGED);
    assert.deepEqual([response.headers.get("x-hero"), response.headers.get("x-site")], ["changed", null]);
    assert.match(response.headers.get("vary") ?? "", /Cookie/);
    await flushed();
    assert.deepEqual(shippedOf(visitor).map(({ experiment, variant }) => [experiment, variant]), [["hero", "changed"]]);
  }
  assert.deepEqual(site.seen.map(({ path }) => path), ["/", "/shop/socks?color=red"]);
});

test("the control gets the site's own bytes, and is exposed where another variant changes the page", async () => {
  const visitor = visitorIn("control");
  const response = await visit("/", visitor);
  assert.equal(await response.text(), PAGE);
  assert.equal(response.headers.get("x-site"), "yes");
  await flushed();
  assert.deepEqual(shippedOf(visitor).map(({ variant }) => variant), ["control"]);
});

test("a variant that changes another page is exposed here too, because here others are changed", async () => {
  const visitor = visitorIn("moved");
  assert.equal(await (await visit("/shop/socks", visitor)).text(), PAGE);
  await flushed();
  assert.deepEqual(shippedOf(visitor).map(({ variant }) => variant), ["moved"]);
});

test("a redirect goes before the site is asked, and takes the query along", async () => {
  const visitor = visitorIn("moved");
  const response = await visit("/?from=mail", visitor);
  assert.deepEqual([response.status, response.headers.get("location")], [302, `${worker.url}/elsewhere?from=mail`]);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(site.seen.length, 0);
  await flushed();
  assert.deepEqual(shippedOf(visitor).map(({ variant }) => variant), ["moved"]);
});

test("what no experiment is about passes through untouched, and exposes nobody", async () => {
  const bytes = randomBytes(200_000);
  const headers = { "content-type": "application/octet-stream", etag: '"raw"', "cache-control": "public, max-age=60" };
  site.behaviour = ({ path, method, body }) => {
    if (path === "/form") return { status: 303, headers: { location: "/thanks" }, body: `${method} ${body}` };
    return { status: path === "/gone" ? 404 : 200, headers: path === "/shop/data" || path === "/raw" ? headers : HTML, body: path.endsWith("a") || path === "/raw" ? bytes : PAGE };
  };
  const visitor = visitorIn("changed");
  for (const path of ["/raw", "/shop/data"]) {
    const raw = await visit(path, visitor);
    assert.deepEqual(Buffer.from(await raw.arrayBuffer()), bytes);
    assert.deepEqual([raw.headers.get("etag"), raw.headers.get("vary"), raw.headers.get("set-cookie")], ['"raw"', null, null]);
    assert.equal(raw.headers.get("access-control-allow-origin"), null, "the site's own headers, and no others");
  }
  assert.equal(await (await visit("/other", visitor)).text(), PAGE);
  assert.equal((await visit("/gone", visitor)).status, 404);
  const form = await fetch(`${worker.url}/form`, { method: "POST", body: "a=b", redirect: "manual" });
  assert.deepEqual([form.status, form.headers.get("location"), await form.text()], [303, "/thanks", "POST a=b"]);
  const script = await visit("/", visitor, { accept: "*/*" });
  assert.equal(await script.text(), PAGE, "a script's request is no visit");
  await flushed();
  assert.deepEqual(shippedOf(visitor), []);
});

test("a compressed page is changed all the same", async () => {
  site.behaviour = () => ({ status: 200, headers: { ...HTML, "content-encoding": "gzip" }, body: gzipSync(PAGE) });
  assert.equal(await (await visit("/", visitorIn("changed"))).text(), CHANGED);
});

test("a newcomer gets an id in a first-party cookie, and keeps it", async () => {
  const response = await visit("/shop/first");
  const [cookie = ""] = response.headers.getSetCookie();
  const id = /^edgewise_id=([0-9a-f-]{36}); Path=\/; Max-Age=15552000; SameSite=Lax$/.exec(cookie)?.[1] ?? "";
  assert.ok(id, cookie);
  assert.deepEqual((await visit("/shop/first", id)).headers.getSetCookie(), []);
  await flushed();
  assert.equal(shippedOf(id).length, 1);
  assert.deepEqual((await visit("/other")).headers.getSetCookie(), [], "only where it is needed");
});

test("an id that is too old gives way to another", async () => {
  const made = Date.now() - 181 * 86_400_000;
  const hex = made.toString(16).padStart(12, "0");
  const old = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
  const [cookie = ""] = (await visit("/shop/old", old)).headers.getSetCookie();
  assert.match(cookie, /^edgewise_id=[0-9a-f]/);
  assert.ok(!cookie.includes(old));
});

test("without consent there is no id and no exposure, and the page is the site's own", async () => {
  const visitor = visitorIn("changed");
  for (const headers of [{ "sec-gpc": "1" }, { dnt: "1" }]) {
    const response = await visit("/", visitor, headers);
    assert.equal(await response.text(), PAGE);
    assert.match(response.headers.getSetCookie()[0] ?? "", /^edgewise_id=; .*Max-Age=0/);
    assert.deepEqual((await visit("/", undefined, headers)).headers.getSetCookie(), []);
  }
  await flushed();
  assert.deepEqual(shippedOf(visitor), []);

  const asking = await start({ CONSENT_COOKIE: "consent=yes" });
  try {
    const other = visitorIn("changed");
    assert.equal(await (await visit("/", other, {}, asking)).text(), PAGE);
    assert.equal(await (await visit("/", other, { cookie: "consent=no" }, asking)).text(), PAGE);
    await flushed(asking);
    assert.deepEqual(shippedOf(other), []);
    assert.equal(await (await visit("/", other, { cookie: "consent=yes", "sec-gpc": "1" }, asking)).text(), CHANGED);
  } finally {
    await asking.stop();
  }
});

test("a page that everybody may share is kept once for each way that it is changed", async () => {
  const shared = { ...HTML, "cache-control": "public, max-age=60", etag: '"v1"' };
  site.behaviour = () => ({ status: 200, headers: shared, body: PAGE });
  const texts = { changed: CHANGED, control: PAGE };
  const exposed: string[] = [];
  for (let round = 0; round < 3; round++) {
    for (const variant of ["changed", "control"] as const) {
      const visitor = visitorIn(variant);
      const response = await visit("/shop/kept", visitor);
      assert.equal(await response.text(), texts[variant]);
      assert.match(response.headers.get("vary") ?? "", /Cookie/);
      assert.equal(response.headers.get("x-hero"), variant === "changed" ? "changed" : null);
      exposed.push(visitor);
      // What is kept is kept behind the answer.
      if (round === 0) await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
  assert.equal(site.seen.length, 2, "the site was asked once for each");
  await flushed();
  assert.deepEqual(exposed.map((visitor) => shippedOf(visitor).length), exposed.map(() => 1));
});

test("a copy that belongs to another variant is not called good", async () => {
  site.behaviour = ({ headers }) => {
    const known = headers["if-none-match"]?.split(", ").includes('"v1"') || headers["if-modified-since"] !== undefined;
    const validators = { etag: '"v1"', "last-modified": "Sat, 21 Nov 2026 08:00:00 GMT" };
    return known ? { status: 304, headers: validators } : { status: 200, headers: { ...HTML, ...validators }, body: PAGE };
  };
  const [changed, own] = [visitorIn("changed"), visitorIn("control")];
  const first = await visit("/", changed);
  const etag = first.headers.get("etag") ?? "";
  assert.match(etag, /^W\/"v1~[0-9a-f]{16}"$/);
  assert.equal(first.headers.get("last-modified"), null);
  const ask = (visitor: string, headers: Record<string, string>): Promise<Response> => visit("/", visitor, headers);

  const again = await ask(changed, { "if-none-match": etag });
  assert.deepEqual([again.status, again.headers.get("etag")], [304, etag]);
  const since = { "if-modified-since": "Sat, 21 Nov 2026 08:00:00 GMT" };
  for (const stale of [{ "if-none-match": '"v1"' }, since]) {
    const full = await ask(changed, stale);
    assert.deepEqual([full.status, await full.text()], [200, CHANGED]);
  }
  assert.equal((await ask(own, { "if-none-match": '"v1"' })).status, 304);
  assert.equal((await ask(own, since)).status, 304);
  const moved = await ask(own, { "if-none-match": etag });
  assert.deepEqual([moved.status, await moved.text(), moved.headers.get("etag")], [200, PAGE, '"v1"']);
});

test("a signed link shows a variant, by a cookie and an address without the link, and exposes nobody", async () => {
  const visitor = visitorIn("control");
  const token = forceToken({ hero: "changed" }, Math.floor(Date.now() / 1000) + 3600, SECRET);
  const link = await visit(`/shop/socks?color=red&edgewise_force=${token}`, visitor);
  assert.deepEqual([link.status, link.headers.get("location")], [302, `${worker.url}/shop/socks?color=red`]);
  const [cookie = ""] = link.headers.getSetCookie();
  assert.match(cookie, /; SameSite=Lax; HttpOnly$/);
  const forced = { cookie: cookie.split(";")[0] ?? "" };
  assert.equal(await (await visit("/shop/socks", visitor, forced)).text(), CHANGED);
  await flushed();
  assert.deepEqual(shippedOf(visitor), []);
  const off = await visit("/?edgewise_force=off", visitor, forced);
  assert.match(off.headers.getSetCookie()[0] ?? "", /^edgewise_force=; .*Max-Age=0/);
});

test("a value that makes no sense changes nothing, and the page stays up", async () => {
  const broken: Record<string, object> = {
    selector: { paths: ["/"], changes: [{ select: "p:::", text: "x" }] },
    change: { paths: ["/"], changes: [{ select: "h1" }] },
    header: { paths: ["/"], headers: { "set-cookie": "a=b" } },
    script: { paths: ["/"], redirect: "javascript:alert(1)" },
  };
  control.behaviour = servingRuleset(pagesRulesetBytes(broken), '"broken"');
  const log: string[] = [];
  const careless = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: collector.url, ORIGIN_URL: site.url }, (line) => void log.push(line));
  try {
    for (let visitor = 0; visitor < 20; visitor++) {
      const response = await visit("/", `visitor-${visitor}`, {}, careless);
      assert.deepEqual([response.status, await response.text()], [200, PAGE]);
    }
    await until("the log", () => log.join("").match(/changes nothing/g)?.length === 4);
  } finally {
    await careless.stop();
    control.behaviour = servingRuleset(RULESET, '"one"');
  }
});

test("without a ruleset the page is the site's own, and without the site it says so", async () => {
  const alone = await start({ CONTROL_URL: "http://127.0.0.1:9", ORIGIN_URL: site.url });
  try {
    assert.equal(await (await visit("/", "visitor-1", {}, alone)).text(), PAGE);
  } finally {
    await alone.stop();
  }
  const siteless = await start({ ORIGIN_URL: "http://127.0.0.1:9" });
  try {
    assert.equal((await visit("/", visitorIn("control"), {}, siteless)).status, 502);
    assert.equal((await visit("/other", undefined, {}, siteless)).status, 502);
  } finally {
    await siteless.stop();
  }
});

test("the worker's own endpoints are below their prefix, and say so to clients", async () => {
  const bulk = await post(`${worker.url}/_edgewise/ofrep/v1/evaluate/flags`, { context: { device: "visitor-1" } });
  const { metadata, eventStreams } = (await bulk.json()) as { metadata: { eventsUrl: string }; eventStreams: { url: string }[] };
  assert.equal(metadata.eventsUrl, `${worker.url}/_edgewise/v1/events`);
  assert.equal(eventStreams[0]?.url, `${worker.url}/_edgewise/ofrep/v1/stream`);
  assert.equal((await fetch(`${worker.url}/_edgewise/healthz`)).status, 200);
  assert.equal(await (await fetch(`${worker.url}/healthz`)).text(), PAGE, "the site's own");
});

test("the guide's experiment does what the guide says", async () => {
  const project = fileURLToPath(new URL("../../test/pages/", import.meta.url));
  const experiment = readFileSync(join(project, "experiments", "shop_headline.yaml"), "utf8");
  const guide = readFileSync(fileURLToPath(new URL("../../../docs/pages.md", import.meta.url)), "utf8");
  assert.ok(guide.includes(experiment), "docs/pages.md shows another experiment than test/pages has");

  const folder = mkdtempSync(join(tmpdir(), "edgewise-pages-"));
  const built = join(folder, "ruleset.edgewise");
  execFileSync(edgewiseBinary(), ["build", project, "--output", built], { stdio: "ignore" });
  const bytes = readFileSync(built);
  rmSync(folder, { recursive: true });
  control.behaviour = servingRuleset(bytes, '"guide"');
  const guided = await start();
  try {
    const shop = Edgewise.loadSync(bytes);
    const seen = new Map<string | null, string>();
    for (let visitor = 0; seen.size < 3; visitor++) {
      const device = `visitor-${visitor}`;
      const response = await visit("/", device, {}, guided);
      seen.set(shop.context({ device }).variant("shop_headline").variant, response.headers.get("location") ?? (await response.text()));
    }
    assert.equal(seen.get("control"), PAGE);
    assert.equal(seen.get("moved"), `${guided.url}/welcome`);
    assert.equal(seen.get("warm"), CHANGED.replace("Wool &lt;socks&gt;", "Warm socks").replace("<b>warm</b>", "<b>new</b>"));
  } finally {
    await guided.stop();
    control.behaviour = servingRuleset(RULESET, '"one"');
  }
});
