// Time per evaluation, product and peers in one process: rounds in turn, the order shuffled, medians and ratios.
//
//   npm run bench [-- --rounds 15]
import { parseArgs } from "node:util";
import { CONTENDERS, FLOOR } from "./contenders.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "9" } } });
const ROUNDS = Number(values.rounds);
/** How long one contender runs in one round. */
const SLICE_MILLISECONDS = 100;
const WARM_UP_MILLISECONDS = 300;

const HALVES = [{ id: "control", weight: 0.5 }, { id: "treatment", weight: 0.5 }];
const THIRDS = [{ id: "control", weight: 0.4 }, { id: "t1", weight: 0.3 }, { id: "t2", weight: 0.3 }];
const COUNTRIES = ["US", "CA", "GB", "DE", "FR", "NL", "SE", "JP"];
const TARGETING = { countries: COUNTRIES, age: 18, plan: "pro" };
const HUNDRED = Array.from({ length: 100 }, (_, index) => ({
  id: `checkout-exp-${String(index).padStart(3, "0")}`,
  variants: index % 3 === 0 ? THIRDS : HALVES,
  // A tenth is for nobody here, a fifth is targeted, the rest is for everyone.
  ...(index % 10 === 3 && { targeting: { ...TARGETING, countries: ["ZZ"] } }),
  ...(index % 5 === 1 && { targeting: TARGETING }),
}));

/** Name, the experiments, and what is asked of them: one id, or all. */
const SCENARIOS = [
  ["one experiment, no targeting", [{ id: "a", variants: HALVES }], "a"],
  ["one experiment, three targeting rules", [{ id: "b", variants: THIRDS, targeting: TARGETING }], "b"],
  ["one of 100 experiments", HUNDRED, "checkout-exp-058"],
  ["all of 100 experiments", HUNDRED, undefined],
];

/** Results go here, so that no engine can leave their making out. */
let sink = 0;

for (const [name, experiments, id] of SCENARIOS) {
  report(name, measure(experiments, id));
}
if (sink === 0) throw new Error("nobody was assigned");

function measure(experiments, id) {
  const runs = Object.entries(CONTENDERS).map(([name, make]) => {
    const loop = makeLoop(make(experiments), id);
    const calls = warmUp(loop, contexts(5_000));
    return { name, loop, calls, times: [] };
  });
  for (let round = 0; round < ROUNDS; round++) {
    const units = contexts(id === undefined ? 5_000 : 100_000);
    for (const run of shuffled(runs)) {
      globalThis.gc?.();
      const began = performance.now();
      sink += run.loop(units, run.calls);
      run.times.push(((performance.now() - began) / run.calls) * 1e6);
    }
  }
  return runs;
}

/** A function of its own for every contender, so that its calls stay monomorphic. */
function makeLoop(contender, id) {
  const ask = id === undefined ? "all(units[call % units.length]).length" : "one(units[call % units.length], id) ? 1 : 0";
  const body = `let sum = 0; for (let call = 0; call < calls; call++) sum += contender.${ask}; return sum;`;
  return new Function("contender", "id", `return (units, calls) => { ${body} }`)(contender, id);
}

/** How many calls make a slice. */
function warmUp(loop, units) {
  let calls = 20;
  let took = 0;
  for (let total = 0; total < WARM_UP_MILLISECONDS; total += took) {
    const began = performance.now();
    sink += loop(units, calls);
    took = performance.now() - began;
    if (took < SLICE_MILLISECONDS / 4) calls *= 2;
  }
  return Math.max(20, Math.round((calls * SLICE_MILLISECONDS) / took));
}

function contexts(count) {
  return Array.from({ length: count }, () => ({
    user: crypto.randomUUID(),
    country: Math.random() < 0.8 ? COUNTRIES[Math.floor(Math.random() * 8)] : "BR",
    age: Math.random() < 0.8 ? 30 : 17,
    plan: Math.random() < 0.8 ? "pro" : "free",
  }));
}

function report(name, runs) {
  const of = (wanted) => runs.find((run) => run.name === wanted).times;
  console.log(`\n${name}: median of ${ROUNDS} rounds, and the median of the ratios to others in the same round`);
  for (const { name, times } of runs) {
    const ratio = (peer) => median(times.map((time, round) => time / of(peer)[round])).toFixed(2);
    const time = `${(median(times) / 1000).toFixed(3)} µs`.padStart(12);
    console.log(`  ${name.padEnd(28)}${time}   ${ratio(FLOOR)} of the loop   ${ratio("flagd-core")} of flagd-core`);
  }
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function shuffled(items) {
  return items
    .map((item) => [Math.random(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}
