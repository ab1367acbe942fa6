/**
 * One evaluation with all that the ruleset cannot know: forced variants, what the unit was given before, whose turn it
 * is. The evaluator itself stays pure. Where it lacks something the evaluation is suspended, the worker fetches it, and
 * the evaluation begins again with it: by the ruleset that is at hand then, because waiting may have replaced the first.
 */
import type { Context, ContextOptions, Edgewise } from "edgewise";
import type { Call } from "./call.js";
import { forcedIn } from "./forced.js";
import type { Values } from "./values.js";

/** What an evaluation came to, and which experiments it asked. */
export interface Asked {
  readonly asked: readonly string[];
}

/** An evaluation, and the headers that its answer has to carry. */
export interface Visit<E> {
  readonly evaluation: E;
  readonly headers: Readonly<Record<string, string>>;
}

/** Evaluates for these values; `evaluate` may be called more than once, and its last word counts. */
export async function visit<E extends Asked>(
  call: Call,
  held: Edgewise,
  values: Values,
  evaluate: (ruleset: Edgewise, context: Context) => E,
): Promise<Visit<E>> {
  const { request, url, isolate } = call;
  const { draws } = isolate;
  const now = Date.now();
  const forced = await forcedIn(request, url, isolate.settings.signingSecret, now);
  const options: ContextOptions = { now, ...(forced && { forced: forced.variants }) };
  const ask = (more: ContextOptions = {}): { evaluation: E; context: Context } => {
    const ruleset = isolate.rulesets.held ?? held;
    const context = ruleset.context(values, { ...options, ...more });
    return { evaluation: evaluate(ruleset, context), context };
  };

  let asking = ask();
  if (wanting(asking.context, asking.evaluation.asked).length > 0) {
    const nonce = draws.nonce();
    asking = ask({ nonce });
    const turns = wanting(asking.context, asking.evaluation.asked);
    const counters = turns.length > 0 ? await draws.turns(turns) : undefined;
    if (counters) asking = ask({ nonce, counters });
  }
  return { evaluation: asking.evaluation, headers: {} };
}

/** The experiments that draw calls, and were given nothing to draw from. */
function wanting(context: Context, asked: readonly string[]): string[] {
  return asked.filter((experiment) => context.variant(experiment).reason === "missing_draw");
}
