// Time from a configuration of 1,000 experiments to a client that answers, in a process that has loaded one before.
import { GROWTHBOOK } from "../contenders.mjs";
import { many } from "../experiments.mjs";
import { median, medianRatio, shuffled } from "../statistics.mjs";
import { bytes, ratio, table, time } from "../table.mjs";

export const title = "Loading";

const EXPERIMENTS = 1000;
/** A load is over in milliseconds, so that more of them are needed than slices of thousands of calls. */
const LOADS_A_ROUND = 3;

export async function measure(contenders, { rounds }) {
  const experiments = many(EXPERIMENTS);
  const runs = contenders.map((contender) => ({
    ...contender,
    configuration: contender.configure(experiments),
    times: [],
  }));
  const loads = rounds * LOADS_A_ROUND;
  for (let load = 0; load <= loads; load++) {
    for (const run of shuffled(runs)) {
      const took = await timeOfLoading(run);
      // The first load compiles code, and for some a WebAssembly module.
      if (load > 0) run.times.push(took);
    }
  }
  const figures = figuresOf(runs);
  console.log(`\nloading ${EXPERIMENTS} experiments, but not for the first time: median of ${loads} loads`);
  console.log(tableOf(runs, figures));
  return figures;
}

async function timeOfLoading({ open, configuration }) {
  globalThis.gc();
  const began = performance.now();
  const client = await open(configuration);
  const took = (performance.now() - began) * 1e6;
  await client.close?.();
  return took;
}

function figuresOf(runs) {
  const growthbook = runs.find(({ name }) => name === GROWTHBOOK).times;
  return Object.fromEntries(
    runs.map(({ name, configuration, times }) => [
      name,
      {
        nanoseconds: median(times),
        toGrowthbook: medianRatio(times, growthbook),
        configuration: Buffer.byteLength(configuration),
        rounds: times,
      },
    ]),
  );
}

function tableOf(runs, figures) {
  const rows = runs
    .toSorted((one, other) => figures[one.name].nanoseconds - figures[other.name].nanoseconds)
    .map(({ name, title }) => {
      const { nanoseconds, toGrowthbook, configuration } = figures[name];
      return [title, time(nanoseconds), ratio(toGrowthbook), bytes(configuration)];
    });
  return table(["", "time", "of GrowthBook client", "bytes of configuration"], rows);
}
