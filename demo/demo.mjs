// An experiment from its file to its result: builds the ruleset, starts a collector and an edge worker on loopback,
// sends visitors through the worker with a planted effect, and looks whether the analysis finds it.
//
//   node demo.mjs [--visitors 20000] [--seed 1]
import { mkdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startCollector } from "@edgewise/worker/local/collector";
import { startWorker } from "@edgewise/worker/local/worker";
import { edgewise } from "./edgewise.mjs";
import { sinceStart, step } from "./progress.mjs";
import { sendVisitors } from "./traffic.mjs";
import { besideTruth } from "./truth.mjs";
import { PLANTED, visitor } from "./visitors.mjs";

// Paths are given and shown as they are seen from the top of the repository, where `make demo` is typed.
process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const PROJECT = "demo/project";
const DATA = "demo/data";
const RULESET = `${DATA}/ruleset.edgewise`;
const EXPERIMENT = "short_form";
const DEFAULTS = { visitors: 20_000, seed: 1 };

/** What shells expect of a program that Ctrl-C ended: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/**
 * What runs, in the order in which it was started; it is stopped in the opposite order, whatever happens.
 *
 * @type {{stop: () => Promise<void>}[]}
 */
const running = [];
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, interrupt);

try {
  await main(options());
} catch (error) {
  process.exitCode = interrupted.signal.aborted ? INTERRUPTED : 1;
  const message = error instanceof Error ? error.message : String(error);
  if (!interrupted.signal.aborted) process.stderr.write(`\nthe demo failed: ${message}\n`);
} finally {
  await stopAll();
}

/** @param {typeof DEFAULTS} options */
async function main({ visitors, seed }) {
  const { signal } = interrupted;
  rmSync(DATA, { recursive: true, force: true });
  mkdirSync(DATA, { recursive: true });

  await step(`building the ruleset from ${PROJECT}`, () =>
    edgewise(["build", PROJECT, "-o", RULESET], signal, { results: "show" }),
  );

  const { collector, worker } = await step("starting the collector and the worker on loopback", async (say) => {
    const collector = keep(await startCollector(RULESET, DATA));
    say(`collector   ${collector.url}   (edgewise serve)`);
    const environment = { CONTROL_URL: collector.url, COLLECTOR_URL: collector.url };
    const worker = keep(await startWorker(environment, (line) => process.stderr.write(line)));
    say(`worker      ${worker.url}   (workerd)`);
    return { collector, worker };
  });

  const sent = await step(`sending ${visitors.toLocaleString("en")} visitors through the worker`, async (say) => {
    const quarter = Math.ceil(visitors / 4);
    return sendVisitors(worker.url, visitors, seed, signal, (done) => {
      if (done % quarter === 0) say(`${done.toLocaleString("en")} visitors`);
    });
  });

  await step("waiting until the collector has every event on disk", async (say) => {
    await allDelivered(worker.url, sent.exposed + sent.events, signal);
    say(`${sent.exposed.toLocaleString("en")} exposures, ${sent.events.toLocaleString("en")} track events`);
    await collector.stop();
  });

  const analyze = ["analyze", "--project", PROJECT, "--data", DATA, "--experiment", EXPERIMENT];
  const results = await step("analysing", () => edgewise([...analyze, "--output", "json"], signal));
  process.stdout.write("\n");
  await edgewise([...analyze, "--output", "table"], signal, { results: "show", messages: "hide" });
  process.stdout.write(`\nThe truth that was planted, as the difference per visitor, beside what was found:\n\n`);
  process.stdout.write(`${besideTruth(JSON.parse(results), PLANTED)}\n`);
  process.stdout.write(whatNext(seed));
}

/**
 * Waits until the worker has shipped everything and the collector acknowledged it.
 *
 * @param {string} worker
 * @param {number} expected
 * @param {AbortSignal} signal
 */
async function allDelivered(worker, expected, signal) {
  for (;;) {
    const { events } = await (await fetch(`${worker}/healthz`, { signal })).json();
    if (events.refused + events.dropped > 0) throw new Error(`the collector lacks events: ${JSON.stringify(events)}`);
    if (events.delivered === expected) return;
    if (events.waiting === 0 || events.delivered > expected) {
      throw new Error(`expected ${expected} events at the collector, but the worker shipped ${events.delivered}`);
    }
    await sleep(50, undefined, { signal });
  }
}

/** @param {number} seed */
function whatNext(seed) {
  const { id, country } = visitor(7, seed);
  const context = JSON.stringify({ user: id, country });
  const now = new Date().toISOString();
  return `
All of it took ${sinceStart()}. What to try next:

  target/debug/edgewise explain ${RULESET} --now ${now} --context '${context}' --experiment ${EXPERIMENT}
      why this visitor saw the form that they saw
  scripts/demo --seed 2
      other visitors, the same truth: a 95% interval misses it about once in twenty times
  edit ${PROJECT}/experiments/${EXPERIMENT}.yaml, say \`traffic: 40%\`, and run \`make demo\` again
      fewer visitors take part, the intervals grow; nobody changes sides
  take the effect away in demo/visitors.mjs (give \`short\` the numbers of \`long\`) and run \`make demo\` again
      the intervals should cover zero
  ls -R ${DATA}/events
      the events as Parquet, for whatever else reads that
`;
}

/**
 * @template {{stop: () => Promise<void>}} T
 * @param {T} started
 * @returns {T}
 */
function keep(started) {
  running.push(started);
  return started;
}

/** Miniflare may end the process before the work at hand notices: then the collector goes with the process. */
function interrupt() {
  process.stderr.write("\ninterrupted: stopping what was started\n");
  interrupted.abort();
}

async function stopAll() {
  for (const started of running.reverse()) await started.stop();
}

/** What the command line asks for. */
function options() {
  const { values } = parseArgs({ options: { visitors: { type: "string" }, seed: { type: "string" } } });
  return {
    visitors: wholeNumber("--visitors", values.visitors, DEFAULTS.visitors),
    seed: wholeNumber("--seed", values.seed, DEFAULTS.seed),
  };
}

/**
 * @param {string} option
 * @param {string | undefined} given
 * @param {number} otherwise
 */
function wholeNumber(option, given, otherwise) {
  const number = given === undefined ? otherwise : Number(given);
  if (Number.isSafeInteger(number) && number > 0) return number;
  process.stderr.write(`${option} takes a whole number above 0, not ${JSON.stringify(given)}\n`);
  process.exit(2);
}
