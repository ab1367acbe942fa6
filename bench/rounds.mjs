// Takes turns: in every round everybody runs once for about the same time, in an order of chance.
import { shuffled } from "./statistics.mjs";

const SLICE_MILLISECONDS = 100;
const WARM_UP_MILLISECONDS = 300;
const FEWEST_CALLS = 10;

/**
 * @param {{ loop: (units: object, calls: number) => number | Promise<number> }[]} runs how many units were assigned, by run
 * @param {(round: number) => object} unitsFor fresh ones for every round, the same for everybody
 * @returns {Promise<number[][]>} nanoseconds a call, by run and round
 */
export async function takeTurns(runs, rounds, unitsFor) {
  const turns = [];
  for (const run of runs) turns.push({ ...run, calls: await warmUp(run.loop, unitsFor(0)), times: [] });
  for (let round = 1; round <= rounds; round++) {
    const units = unitsFor(round);
    for (const turn of shuffled(turns)) {
      globalThis.gc();
      const { assigned, milliseconds } = await timed(turn.loop, units, turn.calls);
      if (assigned === 0) throw new Error(`${turn.title} assigned nobody in ${turn.calls} calls`);
      turn.times.push((milliseconds / turn.calls) * 1e6);
    }
  }
  return turns.map(({ times }) => times);
}

/** How many calls make a slice, once the code is compiled. */
async function warmUp(loop, units) {
  let calls = FEWEST_CALLS;
  let perCall = 0;
  for (let total = 0; total < WARM_UP_MILLISECONDS; ) {
    const { milliseconds } = await timed(loop, units, calls);
    total += milliseconds;
    perCall = milliseconds / calls;
    if (milliseconds < SLICE_MILLISECONDS / 2) calls *= 2;
  }
  return Math.max(FEWEST_CALLS, Math.round(SLICE_MILLISECONDS / perCall));
}

async function timed(loop, units, calls) {
  const began = performance.now();
  const result = loop(units, calls);
  const assigned = typeof result === "number" ? result : await result;
  return { assigned, milliseconds: performance.now() - began };
}
