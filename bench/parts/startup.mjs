// Time from nothing to the first answer with 100 experiments: a fresh process each time, importing included, Node.js's
// own start not. As installed, and bundled into one file.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundleForNode, packageFile } from "../bundle.mjs";
import { runChild } from "../child.mjs";
import { contenderFile, FULL, GROWTHBOOK, LITE } from "../contenders.mjs";
import { many, ONE_OF_MANY } from "../experiments.mjs";
import { median, medianRatio, shuffled } from "../statistics.mjs";
import { NONE, ratio, table } from "../table.mjs";

export const title = "Starting";

const FOLDER = join(import.meta.dirname, "..", "results", "startup");
const STARTS_A_ROUND = 3;
const WAYS = ["installed", "bundled"];

/** Files that a bundle opens by their place beside it. */
const BESIDE = {
  [FULL]: { "core.wasm": "edgewise/core.wasm" },
  [LITE]: { "core.wasm": "edgewise/lite/core.wasm" },
  devcycle: {
    "build/bucketing-lib.release.wasm": "@devcycle/bucketing-assembly-script/build/bucketing-lib.release.wasm",
  },
};
/** A native addon stays a file of its own. */
const UNBUNDLED = ["statsig-core"];

export async function measure(contenders, { rounds }) {
  rmSync(FOLDER, { recursive: true, force: true });
  const runs = [];
  for (const contender of contenders) runs.push(...(await runsOf(contender)));
  const starts = rounds * STARTS_A_ROUND;
  for (let start = 0; start <= starts; start++) {
    for (const run of shuffled(runs)) {
      const took = runChild("startup", [run.module, run.configuration, ONE_OF_MANY]);
      // The first start reads the files into the system's cache.
      if (start > 0) run.starts.push(took);
    }
  }
  const figures = Object.fromEntries(WAYS.map((way) => [way, figuresOf(runs.filter((run) => run.way === way))]));
  console.log(`\nimport, load 100 experiments, first answer: median of ${starts} processes, in milliseconds`);
  console.log(tableOf(contenders, figures));
  return figures;
}

/** What to start for this contender, written into files. */
async function runsOf({ name, configure }) {
  const folder = join(FOLDER, name);
  const configuration = join(folder, "configuration");
  mkdirSync(folder, { recursive: true });
  writeFileSync(configuration, configure(many(100)));
  const installed = { name, way: "installed", module: contenderFile(name), configuration, starts: [] };
  if (UNBUNDLED.includes(name)) return [installed];
  const module = join(folder, "index.mjs");
  await bundleForNode(contenderFile(name), module);
  for (const [place, specifier] of Object.entries(BESIDE[name] ?? {})) {
    mkdirSync(dirname(join(folder, place)), { recursive: true });
    cpSync(packageFile(specifier), join(folder, place));
  }
  return [installed, { ...installed, way: "bundled", module, starts: [] }];
}

/** By contender: medians in milliseconds, and the ratio to GrowthBook's client, started the same way. */
function figuresOf(runs) {
  const totals = ({ starts }) => starts.map(({ total }) => total);
  const growthbook = totals(runs.find(({ name }) => name === GROWTHBOOK));
  return Object.fromEntries(
    runs.map((run) => [
      run.name,
      {
        import: median(run.starts.map((start) => start.import)),
        open: median(run.starts.map((start) => start.open)),
        answer: median(run.starts.map((start) => start.answer)),
        total: median(totals(run)),
        toGrowthbook: medianRatio(totals(run), growthbook),
        rounds: totals(run),
      },
    ]),
  );
}

function tableOf(contenders, { installed, bundled }) {
  const cells = (figure) => (figure ? [figure.total.toFixed(1), ratio(figure.toGrowthbook)] : [NONE, NONE]);
  const steps = ({ import: imported, open, answer }) =>
    [imported, open, answer].map((step) => step.toFixed(1)).join(" + ");
  const rows = contenders
    .toSorted((one, other) => installed[one.name].total - installed[other.name].total)
    .map(({ name, title }) => [
      title,
      ...cells(installed[name]),
      ...cells(bundled[name]),
      bundled[name] ? steps(bundled[name]) : NONE,
    ]);
  const heads = ["", "installed", "of GrowthBook client", "bundled", "of GrowthBook client", "import + load + answer"];
  return table(heads, rows);
}
