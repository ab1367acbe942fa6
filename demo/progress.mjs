/** Says on standard error what is going on, and how long it took. */

const RUN_BEGAN = Date.now();

/**
 * Announces a step, does it, and says how long it took.
 *
 * @template T
 * @param {string} what
 * @param {(say: (more: string) => void) => Promise<T>} work may say how far it is
 * @returns {Promise<T>}
 */
export async function step(what, work) {
  const began = Date.now();
  process.stderr.write(`${what} …\n`);
  const result = await work((more) => process.stderr.write(`  ${more}\n`));
  process.stderr.write(`  done in ${seconds(began)}\n`);
  return result;
}

/** How long the run has taken so far. */
export function sinceStart() {
  return seconds(RUN_BEGAN);
}

/** @param {number} began */
function seconds(began) {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`;
}
