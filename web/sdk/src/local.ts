/** Answers of the ruleset in the page. */
import type { Answer, Context, ContextOptions, Edgewise, ExposureEvent, FlagAnswer } from "edgewise/lite";
import type { Answers } from "./answers.js";

export class LocalAnswers implements Answers {
  readonly #context: Context;

  constructor(
    private readonly ruleset: Edgewise,
    values: Readonly<Record<string, unknown>>,
    options: ContextOptions,
  ) {
    this.#context = ruleset.context(values, options);
  }

  units(): Readonly<Record<string, string>> {
    return this.#context.units();
  }

  value<T>(flag: string, fallback: T): T {
    return this.#context.get(flag, fallback);
  }

  evaluate(flag: string): FlagAnswer {
    return this.#context.evaluate(flag);
  }

  claims(flag: string): readonly string[] {
    return this.ruleset.flags.find(({ id }) => id === flag)?.claimedBy ?? [];
  }

  variant(experiment: string): Answer {
    return this.#context.variant(experiment);
  }

  assignments(): Answer[] {
    return this.#context.assignments();
  }

  exposuresOfFlag(flag: string): readonly ExposureEvent[] {
    const claims = this.claims(flag);
    const { experiment } = this.#context.evaluate(flag);
    // Those behind the one that decides were not asked.
    const asked = experiment === null ? claims : claims.slice(0, claims.indexOf(experiment) + 1);
    return asked.flatMap((each) => this.exposuresOf(each));
  }

  exposuresOf(experiment: string): readonly ExposureEvent[] {
    return this.#context.exposures(experiment);
  }
}
