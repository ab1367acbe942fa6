/** The Rust client beside this one: the same script, real collectors, and the same events but for ids and times. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { edgewiseBinary } from "@edgewise/worker/local/binary";
import { Edgewise } from "edgewise";
import type { ContextOptions, EdgewiseEvent, StickyRecord } from "edgewise";
import { load } from "../src/index.js";
import type { Delivery } from "../src/index.js";
import { Control, edgewise } from "./control.js";

/** One experiment of each way to be drawn, and a holdout that binds most of them. */
const PROJECT = fileURLToPath(new URL("../../../../worker/test/replayed/", import.meta.url));

/** What is not among them: flags, a winner that some are held back from, placements, a list. */
const MORE: Readonly<Record<string, string>> = {
  "flags/tone.yaml": "id: tone\ntype: string\ndefault: plain\n",
  "flags/reach.yaml": "id: reach\ntype: number\ndefault: 1\n",
  "experiments/over.yaml": `
id: over
status: graduated
winner: warm
hold_back: 30%
variants: [{ id: control, control: true, overrides: { reach: 2 } }, { id: warm, overrides: { reach: 3.5 } }]
metrics: { primary: [conversion] }
`,
  "experiments/placed.yaml": `
id: placed
status: running
strategy: context
placements: [{ if: 'plan == "pro"', variant: warm }]
variants: [{ id: control, control: true }, { id: warm, overrides: { tone: "warm" } }]
metrics: { primary: [conversion] }
`,
};

/** A flag, and what stands in for it. */
type Fallback = readonly [flag: string, fallback: unknown];

interface Work {
  readonly experiment: string;
  readonly flags: readonly Fallback[];
  readonly measures: readonly (readonly [string, number | string | boolean])[];
  readonly fails: boolean;
}

type Properties = Readonly<Record<string, unknown>>;

/** One thing that both clients do. */
interface Step {
  readonly context: Properties;
  readonly options?: ContextOptions;
  readonly run?: Work;
  readonly get?: Fallback;
  readonly track?: { readonly name: string; readonly value?: number; readonly properties: Properties };
  readonly fail?: { readonly name: string; readonly properties: Properties };
}

/** What a client answered, what it says of its events, and which of them its collector has. */
interface Done {
  readonly answers: readonly unknown[];
  readonly delivery: Delivery;
  readonly events: readonly EdgewiseEvent[];
}

const folder = mkdtempSync(join(tmpdir(), "edgewise-rust-"));
after(() => rmSync(folder, { recursive: true }));

function build(): Uint8Array<ArrayBuffer> {
  const project = join(folder, "project");
  cpSync(PROJECT, project, { recursive: true });
  mkdirSync(join(project, "flags"));
  for (const [file, text] of Object.entries(MORE)) writeFileSync(join(project, file), text);
  edgewise("build", project, "--output", join(folder, "built"));
  return new Uint8Array(readFileSync(join(folder, "built")));
}

/** What a visitor does: first as a device, then known, with the record that was kept; calls; whatever else happens. */
function visit(ruleset: Edgewise, visitor: number): Step[] {
  const [device, user] = [`d_${visitor}`, `u_${visitor}`];
  const call = { nonce: `call ${visitor}`, counters: { turns: visitor } };
  const kept = ruleset.context({ device }).variant("kept");
  const { iteration, sticky } = kept.details;
  const records: StickyRecord[] = sticky
    ? [{ experiment: "kept", iteration: iteration!, variant: kept.variant!, epoch: kept.epoch! }]
    : [];
  const known = {
    user,
    device,
    tags: visitor % 2 === 0 ? ["trial", "é"] : ["bought"],
    plan: visitor % 3 === 0 ? "pro" : "free",
    unrelated: { deep: 1 },
  };
  const options = { ...call, sticky: records };
  const work = { flags: [], measures: [], fails: false };
  return [
    { context: { device }, options: call, run: { ...work, experiment: "kept" } },
    ...ruleset.experiments.map(({ id }, index) => ({
      context: known,
      options,
      run: {
        experiment: id,
        flags: [["reach", 0], ["tone", "none"], ["no such flag", false]] as const,
        measures: [["tokens", visitor], ["tokens", index], ["cost", 0.1], ["cache", index % 2 === 0], ["value", 0.5]] as const,
        fails: index % 3 === 1,
      },
    })),
    { context: known, options: { forced: { targeted: "warm" } }, run: { ...work, experiment: "targeted" } },
    { context: { ...known, tags: [1] }, run: { ...work, experiment: "targeted" } },
    { context: { user: visitor }, run: { ...work, experiment: "no such experiment" } },
    { context: known, get: ["tone", "none"] },
    { context: known, track: { name: "purchase", value: 12.5, properties: { sku: "a", items: [1, { b: null }] } } },
    { context: known, track: { name: "bare", properties: {} } },
    { context: { user }, fail: { name: "playback", properties: { code: 3, text: "Zoë" } } },
  ];
}

async function byNode(url: string, steps: readonly Step[]): Promise<Omit<Done, "events">> {
  class TooLong extends Error {
    override readonly name = "TooLong";
  }
  const client = await load({ rulesetUrl: url });
  const answers: unknown[] = [];
  for (const { context, options, run, get, track, fail } of steps) {
    const visitor = client.visitor(context, options);
    if (track) visitor.track(track.name, { ...track.properties, ...(track.value !== undefined && { value: track.value }) });
    if (fail) visitor.fail(fail.name, fail.properties);
    if (get) answers.push(visitor.get(...get));
    else if (!run) answers.push(null);
    else {
      const work = client.run(run.experiment, context, (running) => {
        const flags = run.flags.map(([flag, fallback]) => running.get(flag, fallback));
        for (const [measure, value] of run.measures) running.record({ [measure]: value });
        if (run.fails) throw new TooLong("");
        return [running.variant, flags];
      }, options);
      answers.push(await work.catch((error: Error) => error.name));
    }
  }
  return { answers, delivery: await client.close() };
}

async function byRust(url: string, steps: readonly Step[]): Promise<Omit<Done, "events">> {
  const script = join(dirname(edgewiseBinary()), "examples", "script");
  const command = "cargo build --package edgewise-client --example script";
  if (!existsSync(script)) throw new Error(`there is no ${script}: run \`${command}\``);
  const said = execFileSync(script, [url], { encoding: "utf8", input: JSON.stringify(steps) });
  return JSON.parse(said) as Omit<Done, "events">;
}

async function done(by: typeof byRust, steps: readonly Step[], ruleset: Uint8Array<ArrayBuffer>): Promise<Done> {
  const control = await new Control().start(ruleset);
  try {
    const told = await by(control.rulesetUrl, steps);
    return { ...told, events: control.stored() };
  } finally {
    await control.stop();
  }
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The event without what differs from one time to the next: there, but in its form alone the same. */
function timeless(event: EdgewiseEvent): object {
  const { id, ts, ...rest } = event;
  assert.match(id, UUID_V7);
  assert.match(ts, MOMENT);
  if (rest.type === "exposure") {
    const { evaluated_at, ...exposure } = rest;
    assert.match(evaluated_at, MOMENT);
    return exposure;
  }
  if (rest.type !== "track" || rest.name !== "run") return rest;
  const { duration_ms, ...properties } = rest.properties as { duration_ms: number };
  assert.ok(duration_ms >= 0);
  return { ...rest, properties };
}

test("both clients tell the same of the same", async () => {
  const bytes = build();
  const ruleset = Edgewise.loadSync(bytes);
  const steps = Array.from({ length: 40 }, (_, visitor) => visit(ruleset, visitor)).flat();
  const [node, rust] = [await done(byNode, steps, bytes), await done(byRust, steps, bytes)];

  assert.deepEqual(rust.answers, node.answers);
  assert.deepEqual(rust.delivery, node.delivery);
  assert.deepEqual([rust.delivery.waiting, rust.delivery.lost], [0, 0]);
  assert.deepEqual(rust.events.map(timeless), node.events.map(timeless));

  const ways = new Set(
    rust.events.map((event) => (event.type === "exposure" ? `${event.experiment} ${event.reason} ${event.unit_type}` : event.type)),
  );
  const all = ["kept assigned device", "kept sticky user", "kept assigned user", "quiet held_out user", "calls assigned user"];
  for (const way of [...all, "turns assigned user", "cells assigned user", "after assigned user", "placed assigned user", "track", "error"]) {
    assert.ok(ways.has(way), `nobody met ${way}: ${[...ways].join(", ")}`);
  }
  const holdBacks = rust.events.filter((event) => event.type === "exposure" && event.kind === "holdout" && event.experiment !== "quiet");
  assert.ok(holdBacks.length > 0, "nobody met the holdout of the graduated experiment");
});
