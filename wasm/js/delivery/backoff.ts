/** How long to wait before trying again. */

/** The first wait is at most `baseMs`, later ones at most `capMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * "Equal jitter": half of `baseMs · 2^failures` (at most `capMs`) for sure, the other half at random, so that those who
 * failed together do not come back together. (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
 *
 * `failures` counts from 0; `random` lies in [0, 1).
 */
export function backoffMs(failures: number, { baseMs, capMs }: Backoff, random: number): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** failures);
  return ceiling / 2 + (ceiling / 2) * random;
}
