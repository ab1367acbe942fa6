/** What experiments answer to one context, each asked once. */
import type { Answer, Context } from "edgewise";

export class Answers {
  readonly #known = new Map<string, Answer>();

  constructor(private readonly context: Context) {}

  of(experiment: string): Answer {
    let answer = this.#known.get(experiment);
    if (!answer) this.#known.set(experiment, (answer = this.context.variant(experiment)));
    return answer;
  }

  /** Those of all experiments: to ask for all at once takes less than one by one. */
  all(): readonly Answer[] {
    const answers = this.context.assignments();
    for (const answer of answers) this.#known.set(answer.experiment, answer);
    return answers;
  }
}
