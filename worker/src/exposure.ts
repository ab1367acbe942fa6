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
  readonly #ofExperiment = new Map<string, readonly ExposureEvent[]>();
  readonly #holdouts = new Map<string, ExposureEvent>();

  constructor(private readonly context: Context) {}

  /** What the use of these experiments' answers exposes the unit to: experiments and holdouts. */
  of(experiments: readonly string[]): readonly ExposureEvent[] {
    const [only, ...more] = experiments;
    if (only === undefined) return [];
    if (more.length === 0) return this.#made(only);
    return [...new Set(experiments.flatMap((experiment) => this.#made(experiment)))];
  }

  #made(experiment: string): readonly ExposureEvent[] {
    let made = this.#ofExperiment.get(experiment);
    if (!made) {
      made = this.context.exposures(experiment).map((exposure) => this.#once(exposure));
      this.#ofExperiment.set(experiment, made);
    }
    return made;
  }

  #once(exposure: ExposureEvent): ExposureEvent {
    if (exposure.kind !== "holdout") return exposure;
    const key = `${exposure.unit_type} ${exposure.experiment}`;
    const made = this.#holdouts.get(key) ?? exposure;
    this.#holdouts.set(key, made);
    return made;
  }
}
