// Takes turns: in every round everybody runs once for about the same time, in an order of chance. What counts is the
// processor's time for this process: other programs on the machine do not count; collecting garbage and compiling on
// other threads does. The time on the clock is kept beside it.
import { shuffled } from "./statistics.mjs";

const SLICE_MILLISECONDS = 100;
const WARM_UP_MILLISECONDS = 300;
const FEWEST_CALLS = 10;

/**
 * @param {{ title: string, loop: (units: object, calls: number) => number | Promise<number> }[]} runs each loop gives
 *   how many units it assigned
 * @param {(round: number) => object} unitsFor fresh ones for every round, the same for everybody
 * @returns {Promise<{ processor: number[], clock: number[] }[]>} nanoseconds a call, by run, a number for each round
 */
export async function takeTurns(runs, rounds, unitsFor) {
  const turns = [];
  for (const run of runs) turns.push({ ...run, calls: await warmUp(run.loop, unitsFor(0)), processor: [], clock: [] });
  for (let round = 1; round <= rounds; round++) {
    const units = unitsFor(round);
    for (const turn of shuffled(turns)) {
      globalThis.gc();
      const { assigned, processor, clock } = await timed(turn.loop, units, turn.calls);
      if (assigned === 0) throw new Error(`${turn.title} assigned nobody in ${turn.calls} calls`);
      turn.processor.push((processor / turn.calls) * 1e6);
      turn.clock.push((clock / turn.calls) * 1e6);
    }
  }
  return turns.map(({ processor, clock }) => ({ processor, clock }));
}

/** How many calls make a slice, once the code is compiled. */
async function warmUp(loop, units) {
  let calls = FEWEST_CALLS;
  let perCall = 0;
  for (let total = 0; total < WARM_UP_MILLISECONDS; ) {
    const { processor } = await timed(loop, units, calls);
    total += processor;
    perCall = processor / calls;
    if (processor < SLICE_MILLISECONDS / 2) calls *= 2;
  }
  return Math.max(FEWEST_CALLS, Math.round(SLICE_MILLISECONDS / perCall));
}

/** Milliseconds of so many calls, and how many variants they gave. */
async function timed(loop, units, calls) {
  const usage = process.cpuUsage();
  const began = performance.now();
  const result = loop(units, calls);
  const assigned = typeof result === "number" ? result : await result;
  const clock = performance.now() - began;
  const { user, system } = process.cpuUsage(usage);
  return { assigned, clock, processor: (user + system) / 1000 };
}
