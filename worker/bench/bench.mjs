// What the worker adds, beside bare workers in the same run: `npm run bench -w worker`, or parts of it by name:
// `npm run bench -w worker -- bulk pages buffering memory`. ROUNDS and REQUESTS set how often it asks.
import { startWorker } from "@edgewise/worker/local/worker";
import { Asker, inTurn, quantile } from "./asking.mjs";
import { memory } from "./memory.mjs";
import { flagsRuleset, pagesRuleset } from "./rulesets.mjs";
import { serve, serveControl, startBare } from "./servers.mjs";
import { judge } from "./verdict.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 2_000);
const REQUESTS = Number(process.env.REQUESTS ?? 60_000);

const JSON_TYPE = { "content-type": "application/json" };

/** @param {number} ms */
const us = (ms) => `${(ms * 1000).toFixed(0).padStart(6)} µs`;

/** What the worker may add at the median, in milliseconds, and of a page the bytes that it may hold. */
const MOST = { bulkMs: 0.3, pageMs: 1, bytes: 16 * 1024 };

/** @param {string} what @param {readonly number[]} times @param {readonly number[]} beside @param {number} most */
function judgeMedian(what, times, beside, most) {
  const added = quantile(times, 0.5) - quantile(beside, 0.5);
  judge(`${what} adds ${added.toFixed(3)} ms at the median`, added, most, "ms");
}

/** @param {string} what @param {readonly number[]} times @param {readonly number[]} [beside] */
function print(what, times, beside) {
  const [p10, p50, p95] = [quantile(times, 0.1), quantile(times, 0.5), quantile(times, 0.95)];
  const added = beside ? `   adds ${us(p50 - quantile(beside, 0.5))} at the median, ${us(p10 - quantile(beside, 0.1))} at the 10th percentile` : "";
  console.log(`  ${what.padEnd(34)} p10 ${us(p10)}  p50 ${us(p50)}  p95 ${us(p95)}${added}`);
}

/** Bulk evaluation, beside a worker that answers with the same bytes and evaluates nothing. */
async function bulk(/** @type {number} */ experiments) {
  const control = await serveControl(flagsRuleset(experiments));
  const worker = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: control.url });
  const url = `${worker.url}/ofrep/v1/evaluate/flags`;
  const body = JSON.stringify({ context: { targetingKey: "u_42", country: "IN", plan: "free" } });
  const constant = await (await fetch(url, { method: "POST", headers: JSON_TYPE, body })).text();
  const bare = await startBare(
    `const body = ${JSON.stringify(constant)};
     export default { async fetch(request) { await request.text(); return new Response(body, { headers: { "content-type": "application/json" } }); } };`,
  );
  const asking = { method: "POST", headers: JSON_TYPE, body };
  const askers = { bare: new Asker(bare.url, asking), worker: new Asker(url, asking) };
  const { bare: beside = [], worker: times = [] } = await inTurn(askers, ROUNDS, "wholeMs");
  console.log(`\nall of 100 flags, ${experiments} of them in an experiment; ${constant.length} bytes`);
  print("bare worker, the same bytes", beside);
  print("worker", times, beside);
  judgeMedian("bulk evaluation", times, beside, MOST.bulkMs);
  for (const asker of Object.values(askers)) asker.close();
  for (const server of [worker, bare, control]) await server.stop();
}

const FILLER = "<p>Lorem ipsum dolor sit amet, consetetur sadipscing elitr, sed diam nonumy eirmod.</p>\n";
const PAGE = `<!doctype html><html><body><h1>Socks</h1><div id="hero"></div><a class="buy" href="/buy">Buy</a>\n${FILLER.repeat(700)}</body></html>`;
const HTML = { "content-type": "text/html; charset=utf-8" };
const PROXY = "export default { fetch: (request, { SITE }) => fetch(new Request(SITE + new URL(request.url).pathname, request)) };";
const VISIT = { headers: { accept: "text/html", cookie: "edgewise_id=visitor-1" } };

/** Time to the first byte of a page, beside a worker that hands it on. */
async function pages() {
  const control = await serveControl(pagesRuleset());
  const site = await serve((_, response) => void response.writeHead(200, HTML).end(PAGE));
  const worker = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: control.url, ORIGIN_URL: site.url });
  const bare = await startBare(PROXY, { SITE: site.url });
  const askers = {
    site: new Asker(site.url, VISIT),
    bare: new Asker(bare.url, VISIT),
    untouched: new Asker(worker.url, { headers: { accept: "*/*" } }),
    changed: new Asker(worker.url, VISIT),
  };
  const { site: own = [], bare: beside = [], untouched = [], changed = [] } = await inTurn(askers, ROUNDS, "firstMs");
  console.log(`\nfirst byte of a page of ${PAGE.length} bytes`);
  print("the site itself", own);
  print("bare worker that hands it on", beside);
  print("worker, no experiment asked", untouched, beside);
  print("worker, three changes made", changed, beside);
  judgeMedian("rewriting", changed, beside, MOST.pageMs);
  for (const asker of Object.values(askers)) asker.close();
  for (const server of [worker, bare, control, site]) await server.stop();
}

/** How far a page's bytes fall behind on their way, beside a worker that hands it on. */
async function buffering() {
  const control = await serveControl(pagesRuleset());
  const site = await serve((_, response) => arrived(response));
  const worker = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: control.url, ORIGIN_URL: site.url });
  const bare = await startBare(PROXY, { SITE: site.url });
  console.log("\nbytes of a page that were sent and had not come out, at most");
  console.log(`  bare worker that hands it on       ${await mostBehind(bare.url)}`);
  const behind = await mostBehind(worker.url);
  console.log(`  worker, three changes made         ${behind}`);
  judge("the worker buffers no more", behind, MOST.bytes, "bytes");
  for (const server of [worker, bare, control, site]) await server.stop();
}

/** Where the site's answer is handed to. @type {(response: import("node:http").ServerResponse) => void} */
let arrived = () => {};

/** The site sends a little and waits until nothing more comes out. @param {string} url */
async function mostBehind(url) {
  const chunk = FILLER.repeat(12);
  const sending = new Promise((resolve) => (arrived = resolve));
  const answer = fetch(url, { headers: { ...VISIT.headers, "accept-encoding": "identity" } });
  const response = /** @type {import("node:http").ServerResponse} */ (await sending);
  response.socket?.setNoDelay(true);
  const head = PAGE.slice(0, PAGE.indexOf("\n"));
  response.writeHead(200, HTML).write(head);
  const reader = /** @type {ReadableStream<Uint8Array>} */ ((await answer).body).getReader();
  let [sent, received, most] = [head.length, 0, 0];
  const reading = (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      received += value.length;
    }
  })();
  for (let round = 0; round < 60; round++) {
    await new Promise((resolve) => response.write(chunk, resolve));
    sent += chunk.length;
    let before = -1;
    while (received !== before) {
      before = received;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // What the changes add can only make this too small, and by a few bytes.
    most = Math.max(most, sent - received);
  }
  response.end();
  await reading;
  return most;
}

const MEASURES = { bulk: async () => (await bulk(20), bulk(100)), pages, buffering, memory: () => memory(PAGE, REQUESTS) };

const asked = process.argv.slice(2);
for (const [name, measure] of Object.entries(MEASURES)) if (asked.length === 0 || asked.includes(name)) await measure();
