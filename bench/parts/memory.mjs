// Memory that 1,000 experiments take, each contender in a process of its own.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "../child.mjs";
import { FULL, GROWTHBOOK, LITE } from "../contenders.mjs";
import { many, ONE_OF_MANY } from "../experiments.mjs";
import { median, medianRatio, shuffled } from "../statistics.mjs";
import { bytes, NONE, ratio, table } from "../table.mjs";

export const title = "Memory";

const FOLDER = join(import.meta.dirname, "..", "results", "memory");
const EXPERIMENTS = 1000;
/** Holds the experiment that is asked for, and as little else as can be. */
const FEW = 60;
/** Only the product's own memory is watched while it answers: some take minutes for so many answers. */
const EVALUATIONS = { [FULL]: 1_000_000, [LITE]: 1_000_000 };
/** What is measured hardly varies. */
const MOST_ROUNDS = 5;

export async function measure(contenders, { rounds }) {
  rmSync(FOLDER, { recursive: true, force: true });
  const runs = contenders.map(runOf);
  const processes = Math.min(rounds, MOST_ROUNDS);
  for (let round = 0; round < processes; round++) {
    for (const run of shuffled(runs)) run.weighed.push(runChild("memory", run.args, ["--expose-gc"]));
  }
  const figures = figuresOf(runs);
  console.log(
    `\nbytes held after collecting garbage, ${EXPERIMENTS} experiments loaded: median of ${processes} processes`,
  );
  console.log(tableOf(contenders, figures));
  return figures;
}

function runOf({ name, configure }) {
  const folder = join(FOLDER, name);
  mkdirSync(folder, { recursive: true });
  const [small, large] = [FEW, EXPERIMENTS].map((count) => {
    const file = join(folder, String(count));
    writeFileSync(file, configure(many(count)));
    return file;
  });
  return { name, args: [name, small, large, ONE_OF_MANY, String(EVALUATIONS[name] ?? 0)], weighed: [] };
}

/**
 * By contender: `experiments` is what loading them added, `all` that and the contender's own code; both hold the
 * WebAssembly memory, which `wasm` is alone. `grown` is what answering added to that, null where it was not watched.
 */
function figuresOf(runs) {
  const held = ({ heap, external }) => heap + external;
  const added = ({ weighed }) => weighed.map(({ loaded, full }) => held(full) - held(loaded));
  const growthbook = added(runs.find(({ name }) => name === GROWTHBOOK));
  return Object.fromEntries(
    runs.map((run) => [
      run.name,
      {
        experiments: median(added(run)),
        all: median(run.weighed.map(({ empty, full }) => held(full) - held(empty))),
        wasm: median(run.weighed.map(({ full }) => full.wasm)),
        resident: median(run.weighed.map(({ empty, full }) => full.resident - empty.resident)),
        grown:
          run.name in EVALUATIONS ? Math.max(...run.weighed.map(({ full, asked }) => asked.wasm - full.wasm)) : null,
        toGrowthbook: medianRatio(added(run), growthbook),
      },
    ]),
  );
}

function tableOf(contenders, figures) {
  const rows = contenders
    .toSorted((one, other) => figures[one.name].experiments - figures[other.name].experiments)
    .map(({ name, title }) => {
      const { experiments, all, wasm, resident, toGrowthbook } = figures[name];
      const pages = wasm === 0 ? NONE : bytes(wasm);
      return [title, bytes(experiments), ratio(toGrowthbook), bytes(all), pages, bytes(resident)];
    });
  const heads = ["", "experiments", "of GrowthBook client", "with its code", "of it WebAssembly", "resident"];
  return table(heads, rows);
}
