/** The whole path: visitors of a page, through the edge worker and the collector, to the numbers of the analysis. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { edgewiseBinary } from "@edgewise/worker/local/binary";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { Site, until } from "./site.js";
import type { Edgewise } from "./site.js";

declare const edgewise: Edgewise;

const SHOP = fileURLToPath(new URL("../../test/shop/", import.meta.url));
const VISITORS = 16;

/** What is counted of a variant. */
interface Counted {
  visitors: number;
  signups: number;
  revenue: number;
}

/** What is looked at of the results. */
interface Results {
  readonly variants: readonly {
    readonly variant: string;
    readonly units: number;
    readonly exposures: { readonly total: number; readonly verified: number };
  }[];
  readonly metrics: readonly {
    readonly metric: string;
    readonly variants: readonly { readonly variant: string; readonly n: number; readonly mean: { readonly estimate: number } }[];
  }[];
}

const site = new Site();
let worker: LocalWorker;
let project: string;

before(async () => {
  project = join(site.folder, "shop");
  cpSync(SHOP, project, { recursive: true });
  run("build", project, "--output", join(site.folder, "built"));
  await site.start(readFileSync(join(site.folder, "built")));
  worker = await startWorker({ CONTROL_URL: site.collector.url, COLLECTOR_URL: site.collector.url });
});

after(async () => {
  await worker.stop();
  await site.stop();
});

function run(...args: string[]): string {
  return execFileSync(edgewiseBinary(), args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** A visitor sees a form on two pages, and signs up and buys on the second one, or does not. */
async function visit(number: number): Promise<{ form: string; signup: boolean; revenue: number }> {
  const visitor = await site.visitor();
  const tab = await site.open(visitor);
  const see = async (buy: boolean): Promise<{ form: string; signup: boolean; revenue: number }> => {
    const seen = await tab.evaluate(
      async ({ rulesetUrl, eventsUrl, number, buy }) => {
        const page = await edgewise.load(rulesetUrl, { eventsUrl });
        const form = page.get<string>("form", "none");
        const signup = buy && number % (form === "short" ? 2 : 4) === 0;
        const revenue = signup ? 10 + number / 4 : 0;
        if (signup) page.track("signup");
        if (signup) page.track("purchase", { value: revenue });
        return { form, signup, revenue };
      },
      { rulesetUrl: site.rulesetUrl, eventsUrl: `${worker.url}/v1/events`, number, buy },
    );
    // Leaving hands over what waits.
    await tab.goto(buy ? "about:blank" : site.url);
    return seen;
  };
  const first = await see(false);
  const second = await see(true);
  assert.equal(second.form, first.form);
  await visitor.close();
  return second;
}

test("exposures and conversions of visitors come out of the analysis as they happened", async () => {
  const counted: Record<string, Counted> = {};
  let events = 0;
  for (let number = 0; number < VISITORS; number++) {
    const { form, signup, revenue } = await visit(number);
    const variant = form === "short" ? "treatment" : "control";
    const sums = (counted[variant] ??= { visitors: 0, signups: 0, revenue: 0 });
    sums.visitors += 1;
    sums.signups += signup ? 1 : 0;
    sums.revenue += revenue;
    events += signup ? 3 : 1;
  }
  const distinct = (): number => new Set(site.stored().map(({ id }) => id)).size;
  await until("every event", () => distinct() === events);
  await site.collector.stop();

  const from = ["--project", project, "--data", join(site.folder, "data"), "--experiment", "short_form"];
  const results = JSON.parse(run("analyze", ...from, "--output", "json")) as Results;
  assert.deepEqual(Object.keys(counted).sort(), ["control", "treatment"]);
  for (const { variant, units, exposures } of results.variants) {
    const { visitors } = counted[variant]!;
    assert.deepEqual([units, exposures.total, exposures.verified], [visitors, visitors, visitors], variant);
  }
  for (const { metric, variants } of results.metrics) {
    for (const { variant, n, mean } of variants) {
      const { visitors, signups, revenue } = counted[variant]!;
      assert.equal(n, visitors);
      const total = metric === "signup" ? signups : revenue;
      // The mean is a float, and what was counted has quarters at the finest.
      assert.equal(Math.round(mean.estimate * n * 1e6) / 1e6, total, `${metric} of ${variant}`);
    }
  }
  assert.deepEqual(results.metrics.map(({ metric }) => metric).sort(), ["revenue", "signup"]);
});
