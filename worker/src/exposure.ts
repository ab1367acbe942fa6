/** The exposures of one context. */
import type { Context, ExposureEvent } from "edgewise";

/** Each made once: experiments may have their holdouts in common, and flags theirs. */
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
