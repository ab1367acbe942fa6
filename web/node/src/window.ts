/** Telling each exposure once. */
import type { ExposureEvent } from "edgewise";

/** A first exposure is all that the analysis asks for; this many are remembered … */
const CAPACITY = 10_000;

/** … and for this long, so that a unit that stays is heard of again now and then. */
const AGE_MS = 10 * 60_000;

/** Bounded: the oldest are forgotten first, and telling an exposure twice is harmless. */
export class ExposureWindow {
  readonly #seenAt = new Map<string, number>();

  /** Whether this exposure is new to the window; it is remembered from now on. */
  admit({ unit_type, unit, experiment, variant, epoch }: ExposureEvent, now: number): boolean {
    const key = JSON.stringify([unit_type, unit, experiment, variant, epoch]);
    const seenAt = this.#seenAt.get(key);
    if (seenAt !== undefined && now - seenAt < AGE_MS) return false;
    this.#seenAt.delete(key);
    this.#seenAt.set(key, now);
    const [oldest] = this.#seenAt.keys();
    if (this.#seenAt.size > CAPACITY && oldest !== undefined) this.#seenAt.delete(oldest);
    return true;
  }
}
