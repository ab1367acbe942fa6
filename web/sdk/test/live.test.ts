/** Following new rulesets by the worker's server-sent events. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { rulesetBytes, userIn } from "./document.js";
import { Site } from "./site.js";
import type { Edgewise } from "./site.js";

declare const edgewise: Edgewise;
declare const page: Awaited<ReturnType<Edgewise["load"]>>;

const context = { user: userIn("treatment"), country: "IN" };

let site: Site;
let worker: LocalWorker;

beforeEach(async () => {
  site = await new Site().start();
  const urls = { CONTROL_URL: site.collector.url, COLLECTOR_URL: site.collector.url };
  worker = await startWorker({ ...urls, RULESET_REFRESH_SECONDS: "1" });
});

afterEach(async () => {
  await worker.stop();
  await site.stop();
});

/** The worker's answers, which say where its stream is. */
async function evaluated(): Promise<{ eventStreams?: unknown[] }> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ context });
  const response = await fetch(`${worker.url}/ofrep/v1/evaluate/flags`, { method: "POST", headers, body });
  return (await response.json()) as { eventStreams?: unknown[] };
}

for (const policy of [undefined, "default-src 'self'; connect-src *"]) {
  const who = policy === undefined ? "the ruleset in the page" : "the worker, because WebAssembly is blocked";
  test(`a new ruleset reaches an open page that is answered by ${who}`, async (t) => {
    const bootstrap = await evaluated();
    if (!bootstrap.eventStreams) return t.skip("this worker announces no event stream");
    site.serve(policy === undefined ? {} : { policy });
    const tab = await site.open(await site.visitor());
    const before = await tab.evaluate(
      async ({ url, workerUrl, context, bootstrap }) => {
        const page = edgewise.start(url, { context, workerUrl, bootstrap: bootstrap as never, live: true });
        Object.assign(globalThis, { page });
        await page.ready;
        return [page.source, page.peek("steps", 9)];
      },
      { url: site.rulesetUrl, workerUrl: worker.url, context, bootstrap },
    );
    assert.deepEqual(before, [policy === undefined ? "network" : "worker", 3]);
    await site.collector.stop();
    site.publish(rulesetBytes(4));
    await site.startCollector();
    await tab.waitForFunction(() => page.peek<number>("steps", 9) === 4);
  });
}
