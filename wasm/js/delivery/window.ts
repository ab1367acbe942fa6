/** Telling each exposure once. */
import type { ExposureEvent } from "../events.js";

/** A first exposure is all that the analysis asks for; this many are remembered … */
const CAPACITY = 10_000;

/** … and for this long, so that a unit that stays is heard of again now and then. */
const AGE_MS = 10 * 60_000;

/** What makes two exposures one: the same unit, drawn into the same variant of the same experiment or holdout. */
export function exposureKey({ unit_type, unit, experiment, variant, epoch }: ExposureEvent): string {
  return JSON.stringify([unit_type, unit, experiment, variant, epoch]);
}

/** The exposures told of late. Bounded: the oldest are forgotten first, and telling an exposure twice is harmless. */
export class ExposureWindow {
  readonly #seenAt = new Map<string, number>();

  /** Whether this exposure is new to the window; it is remembered from now on. */
  admit(exposure: ExposureEvent, now: number): boolean {
    const key = exposureKey(exposure);
    const seenAt = this.#seenAt.get(key);
    if (seenAt !== undefined && now - seenAt < AGE_MS) return false;
    this.#seenAt.delete(key);
    this.#seenAt.set(key, now);
    const [oldest] = this.#seenAt.keys();
    if (this.#seenAt.size > CAPACITY && oldest !== undefined) this.#seenAt.delete(oldest);
    return true;
  }

  /** Forgets an exposure that never reached the collector, so that the next one counts. */
  forget(exposure: ExposureEvent): void {
    this.#seenAt.delete(exposureKey(exposure));
  }
}
