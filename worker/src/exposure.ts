/** The exposures of one context. */
import type { Answer, Context, ExposureEvent } from "edgewise";

/** Each made once: experiments may have their holdouts in common, and flags theirs. */
export class Exposures {
  readonly #made = new Map<Answer, readonly ExposureEvent[]>();
  readonly #holdouts = new Map<string, ExposureEvent>();

  constructor(private readonly context: Context) {}

  /** What the use of these answers exposes the unit to: experiments and holdouts. */
  of(answers: readonly Answer[]): readonly ExposureEvent[] {
    const [only] = answers;
    if (only === undefined) return [];
    if (answers.length === 1) return this.#of(only);
    return [...new Set(answers.flatMap((answer) => this.#of(answer)))];
  }

  #of(answer: Answer): readonly ExposureEvent[] {
    let made = this.#made.get(answer);
    if (!made) this.#made.set(answer, (made = this.context.exposures(answer).map((exposure) => this.#once(exposure))));
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
