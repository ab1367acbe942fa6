/**
 * A seeded stream of random numbers in [0, 1): mulberry32, by Tommy Ettinger (public domain). Good enough for visitors
 * of a demo; each visitor has a stream of their own, so that the order in which answers arrive changes nothing.
 *
 * @param {number} seed a 32-bit integer
 * @returns {() => number}
 */
export function randomStream(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A draw from the exponential distribution.
 *
 * @param {() => number} random
 * @param {number} mean
 */
export function exponential(random, mean) {
  return -mean * Math.log(1 - random());
}
