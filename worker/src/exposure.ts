/** Telling each exposure once: in one context, and over requests. */
import type { Context, ExposureEvent } from "edgewise";

/** A first exposure is all that the analysis asks for; this many are remembered per isolate … */
const CAPACITY = 10_000;

/** … and for this long, so that a unit that stays is heard of again now and then. */
const AGE_MS = 10 * 60_000;

/**
 * Remembers which unit was exposed to which variant of which experiment or holdout, in which epoch. Bounded: the oldest are
 * forgotten first, and telling an exposure twice is harmless.
 */
export class ExposureWindow {
  readonly #seenAt = new Map<string, number>();

  /** Whether this exposure is new to the window; it is remembered from now on. */
  admit(exposure: ExposureEvent, now: number): boolean {
    const key = keyOf(exposure);
    const seenAt = this.#seenAt.get(key);
    if (seenAt !== undefined && now - seenAt < AGE_MS) return false;
    this.#seenAt.delete(key);
    this.#seenAt.set(key, now);
    if (this.#seenAt.size > CAPACITY) this.#forgetOldest();
    return true;
  }

  /** Forgets an exposure that never reached the collector, so that the next one counts. */
  forget(exposure: ExposureEvent): void {
    this.#seenAt.delete(keyOf(exposure));
  }

  #forgetOldest(): void {
    for (const oldest of this.#seenAt.keys()) {
      this.#seenAt.delete(oldest);
      return;
    }
  }
}

function keyOf({ unit_type, unit, experiment, variant, epoch }: ExposureEvent): string {
  return JSON.stringify([unit_type, unit, experiment, variant, epoch]);
}

/** The exposures of one context, each made once: experiments may have their holdouts in common, and flags theirs. */
export class Exposures {
  readonly #made = new Map<string, ExposureEvent>();

  constructor(private readonly context: Context) {}

  /** What the use of these experiments' answers exposes the unit to: experiments and holdouts. */
  of(experiments: readonly string[]): ExposureEvent[] {
    const all = experiments.flatMap((experiment) => this.context.exposures(experiment));
    return [...new Set(all.map((exposure) => this.#once(exposure)))];
  }

  #once(exposure: ExposureEvent): ExposureEvent {
    const key = JSON.stringify([exposure.kind, exposure.experiment, exposure.unit_type]);
    const made = this.#made.get(key) ?? exposure;
    this.#made.set(key, made);
    return made;
  }
}
