/** The whole way of an exposure: made by the package, kept by the collector, drawn again by the analysis. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { edgewiseBinary } from "@edgewise/worker/local/binary";
import { startCollector } from "@edgewise/worker/local/collector";
import { Edgewise, uuidv7 } from "edgewise";
import type { ExposureEvent } from "edgewise";

const VISITORS = 200;

/** One experiment of each way to be drawn, and a holdout that binds most of them. */
const PROJECT = fileURLToPath(new URL("../../test/replayed/", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "edgewise-replay-"));
const project = join(folder, "project");
const data = join(folder, "data");

before(() => cpSync(PROJECT, project, { recursive: true }));
after(() => rmSync(folder, { recursive: true }));

function edgewise(...args: string[]): string {
  return execFileSync(edgewiseBinary(), args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function build(name: string): Edgewise {
  edgewise("build", project, "--output", join(folder, name));
  return Edgewise.loadSync(readFileSync(join(folder, name)));
}

/** What a visitor meets: first as a device, then known, when most new ones get another variant of `kept`. */
function visit(visitor: number, first: Edgewise, second: Edgewise): ExposureEvent[] {
  const [device, user] = [`d_${visitor}`, `u_${visitor}`];
  const call = { nonce: `call ${visitor}`, counters: { turns: visitor } };
  const anonymous = first.context({ device }, call);
  const { experiment, variant, epoch, details } = anonymous.variant("kept");
  const record = details.sticky ? [{ experiment, iteration: details.iteration!, variant: variant!, epoch: epoch! }] : [];
  const values = { user, device, tags: visitor % 2 === 0 ? ["trial", "é"] : ["bought"], unrelated: 1 };
  const known = second.context(values, { ...call, sticky: record });
  return [...anonymous.exposures("kept"), ...second.experiments.flatMap(({ id }) => known.exposures(id))];
}

async function store(ruleset: string, events: readonly ExposureEvent[]): Promise<void> {
  const collector = await startCollector(join(folder, ruleset), data);
  const body = JSON.stringify({ batch_id: uuidv7(), sent_at: new Date().toISOString(), events });
  const response = await fetch(`${collector.url}/v1/events`, { method: "POST", body });
  assert.deepEqual(((await response.json()) as { rejected: unknown }).rejected, []);
  await collector.stop();
}

test("whatever the package says of an exposure, the analysis draws it alike", async () => {
  const first = build("first");
  const kept = join(project, "experiments", "kept.yaml");
  const reweighted = readFileSync(kept, "utf8").replace("true }", "true, weight: 5% }").replace("warm }", "warm, weight: 95% }");
  writeFileSync(kept, reweighted);
  const second = build("second");
  const events = Array.from({ length: VISITORS }, (_, visitor) => visit(visitor, first, second));
  await store("first", []);
  for (let at = 0; at < VISITORS; at += 50) await store("second", events.slice(at, at + 50).flat());

  const ways = new Set(events.flat().map(({ experiment, reason, unit_type }) => `${experiment} ${reason} ${unit_type}`));
  for (const way of ["kept assigned device", "kept sticky user", "kept assigned user", "quiet held_out user"]) {
    assert.ok(ways.has(way), `nobody met ${way}: ${[...ways].join(", ")}`);
  }
  for (const experiment of ["quiet", ...second.experiments.map(({ id }) => id)]) {
    const from = ["--project", project, "--data", data, "--experiment", experiment, "--output", "json"];
    const { variants } = JSON.parse(edgewise("analyze", ...from)) as {
      variants: { variant: string; units: number; exposures: { total: number; verified: number } }[];
    };
    for (const { variant, units, exposures } of variants) {
      assert.ok(units > 0, `nobody of ${experiment} is in ${variant}`);
      assert.equal(exposures.verified, exposures.total, `${experiment}: ${variant}`);
    }
  }
});
