// Memory over many requests of all kinds, each of another unit, beside a bare worker under the same load.
import { startWorker } from "@edgewise/worker/local/worker";
import { Heap, residentMegabytes, workerds } from "./heap.mjs";
import { flagsRuleset } from "./rulesets.mjs";
import { serve, serveControl, startBare } from "./servers.mjs";
import { judge } from "./verdict.mjs";

/** It is looked at so often, the first time before all. */
const PARTS = 8;

/** Requests that are under way at one time. */
const CONCURRENCY = 16;

/** What is remembered of so many exposures takes its room first; a third of the requests is an exposure. */
const REMEMBERED_AFTER = 3 * 10_000;

/** The heap may differ from one look to the next by this much. */
const MOST_GROWTH_KB = 512;

/** As our own worker is asked; it answers each with as much. */
const BARE = `
  export default { async fetch(request, { SITE, FLAG, FLAGS }) {
    if (request.method === "HEAD") return new Response();
    if (request.method === "GET") return fetch(new Request(SITE, request));
    await request.text();
    return new Response(request.url.endsWith("flags") ? FLAGS : FLAG, { headers: { "content-type": "application/json" } });
  } };`;

/** @param {string} page @param {number} requests */
export async function memory(page, requests) {
  const control = await serveControl(flagsRuleset(20));
  const site = await serve((_, response) => void response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page));
  const variables = { CONTROL_URL: control.url, COLLECTOR_URL: control.url, ORIGIN_URL: site.url, RULESET_REFRESH_SECONDS: "1" };
  const worker = await startWorker(variables, undefined, { inspectorPort: 0 });
  const [ours = ""] = workerds();
  const texts = await Promise.all([0, 1].map(async (kind) => (await asked(worker.url, kind, kind)).text()));
  const bare = await startBare(BARE, { SITE: site.url, FLAG: texts[0] ?? "", FLAGS: texts[1] ?? "" }, { inspectorPort: 0 });
  const theirs = workerds().find((pid) => pid !== ours) ?? "";

  console.log(`\nmemory over ${requests} requests: single, bulk and pages, each of another unit`);
  const beside = await over(bare.url, requests, await Heap.of(bare.runtime, bare.url), theirs, "bare worker");
  const heaps = await over(worker.url, requests, await Heap.of(worker.runtime, `${worker.url}/_edgewise/healthz`), ours, "worker");
  judgeGrowth("bare worker", beside, requests);
  judgeGrowth("worker", heaps, requests);
  for (const server of [worker, bare, control, site]) await server.stop();
}

/** The heap's kilobytes after each part. @param {string} url @param {number} requests @param {Heap} heap @param {string} pid @param {string} name */
async function over(url, requests, heap, pid, name) {
  const seen = [];
  let next = 0;
  for (let part = 0; part <= PARTS; part++) {
    const end = Math.round((requests * part) / PARTS);
    const askOn = async () => {
      while (next < end) await (await asked(url, next % 3, next++)).arrayBuffer();
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, askOn));
    const resident = residentMegabytes(pid);
    const kilobytes = await heap.collected();
    seen.push(kilobytes);
    const figures = `${resident.toFixed(0).padStart(5)} MB resident, heap after collection ${kilobytes.toFixed(0).padStart(6)} kB`;
    console.log(`  ${name.padEnd(11)} after ${String(next).padStart(7)} requests ${figures}`);
  }
  heap.close();
  return seen;
}

/** From where all that is remembered for a while has its room. @param {string} name @param {readonly number[]} heaps @param {number} requests */
function judgeGrowth(name, heaps, requests) {
  const first = Math.ceil((REMEMBERED_AFTER / requests) * PARTS);
  const [from, to] = [heaps[first], heaps.at(-1)];
  if (from === undefined || to === undefined || first >= PARTS) {
    return console.log(`  ${name}: too few requests to see a growth; ask more than ${Math.ceil((REMEMBERED_AFTER * PARTS) / (PARTS - 1))}`);
  }
  const after = Math.round((requests * first) / PARTS);
  judge(`${name}: the heap grows by ${(to - from).toFixed(0)} kB after ${after} requests`, to - from, MOST_GROWTH_KB, "kB");
}

/** @param {string} url @param {number} kind @param {number} number */
function asked(url, kind, number) {
  if (kind === 2) return fetch(`${url}/page`, { headers: { accept: "text/html", cookie: `edgewise_id=v-${number}` } });
  const body = JSON.stringify({ context: { targetingKey: `u_${number}`, country: "IN" } });
  const path = `/_edgewise/ofrep/v1/evaluate/flags${kind === 0 ? "/flag.001" : ""}`;
  return fetch(url + path, { method: "POST", headers: { "content-type": "application/json" }, body });
}
