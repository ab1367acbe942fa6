// Time of an evaluation, everybody in one process.
import { FLAGD, LOOP } from "../contenders.mjs";
import { loopOf } from "../loops.mjs";
import { takeTurns } from "../rounds.mjs";
import { SCENARIOS } from "../scenarios.mjs";
import { median, medianRatio } from "../statistics.mjs";
import { ratio, table, time } from "../table.mjs";
import { makeUnits } from "../units.mjs";

export const title = "Evaluating";

/** Enough that few are seen twice in a slice; asking for all experiments takes longer. */
const UNITS = 100_000;
const UNITS_FOR_ALL = 5_000;
const CONTEXTS = [
  { name: "fresh", fresh: true },
  { name: "reused", fresh: false },
];

export async function measure(contenders, { rounds }) {
  const figures = {};
  for (const scenario of SCENARIOS) {
    figures[scenario.name] = await measureScenario(contenders, scenario, rounds);
    console.log(`\n${scenario.title}: processor time, median of ${rounds} rounds, and of the ratios within each round`);
    console.log(tableOf(figures[scenario.name], contenders));
  }
  return figures;
}

async function measureScenario(contenders, { experiments, ask }, rounds) {
  const ids = experiments.map(({ id }) => id);
  const clients = [];
  const runs = [];
  for (const contender of contenders) {
    const client = await contender.open(contender.configure(experiments));
    clients.push(client);
    for (const { name, fresh } of CONTEXTS) {
      const { asynchronous, title } = contender;
      runs.push({
        title,
        contender: contender.name,
        context: name,
        loop: loopOf(client, { asynchronous, ask, ids, fresh }),
      });
    }
  }
  const size = ask === undefined ? UNITS_FOR_ALL : UNITS;
  const times = await takeTurns(runs, rounds, (round) => makeUnits(size, round));
  for (const client of clients) await client.close?.();
  return Object.fromEntries(
    CONTEXTS.map(({ name }) => {
      const own = runs.flatMap((run, index) => (run.context === name ? [[run.contender, times[index]]] : []));
      return [name, summaries(Object.fromEntries(own))];
    }),
  );
}

/** By contender: medians in nanoseconds, and the ratios to the loop and to flagd-core. */
function summaries(times) {
  return Object.fromEntries(
    Object.entries(times).map(([name, { processor, clock }]) => [
      name,
      {
        nanoseconds: median(processor),
        toLoop: medianRatio(processor, times[LOOP].processor),
        toFlagd: medianRatio(processor, times[FLAGD].processor),
        clock: median(clock),
        rounds: processor,
      },
    ]),
  );
}

function tableOf({ fresh, reused }, contenders) {
  const heads = ["", "fresh context", "of the loop", "of flagd-core", "context reused", "of the loop", "of flagd-core"];
  const cells = ({ nanoseconds, toLoop, toFlagd }) => [time(nanoseconds), ratio(toLoop), ratio(toFlagd)];
  const rows = contenders
    .toSorted((one, other) => fresh[one.name].nanoseconds - fresh[other.name].nanoseconds)
    .map(({ name, title }) => [title, ...cells(fresh[name]), ...cells(reused[name])]);
  return table(heads, rows);
}
