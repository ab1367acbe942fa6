/**
 * One evaluation with all that the ruleset cannot know: forced variants, what the unit was given before, whose turn it
 * is. The evaluator itself stays pure. Where it lacks something the evaluation is suspended, the worker fetches it, and
 * the evaluation begins again with it: by the ruleset that is at hand then, because waiting may have replaced the first.
 */
import type { Context, ContextOptions, Edgewise } from "edgewise";
import type { Call } from "./call.js";
import { forcedIn } from "./forced.js";
import type { Records } from "./sticky/records.js";
import { freshRecords, usable } from "./sticky/records.js";
import type { Values } from "./values.js";

/** What an evaluation came to, and which experiments it asked. */
export interface Asked {
  readonly asked: readonly string[];
}

/** An evaluation, and the headers that its answer has to carry. */
export interface Visit<E> {
  readonly evaluation: E;
  readonly headers: Readonly<Record<string, string>>;
  /** What was forced, where the request had the right to. */
  readonly forced: Readonly<Record<string, string>> | undefined;
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
  const known = await recall(call, values, held);
  const options: ContextOptions = { now, ...(forced && { forced: forced.variants }) };
  const ask = (more: ContextOptions = {}): { evaluation: E; context: Context } => {
    const ruleset = isolate.rulesets.held ?? held;
    const sticky = known && { sticky: usable(ruleset, known) };
    const context = ruleset.context(values, { ...options, ...sticky, ...more });
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
  const { evaluation, context } = asking;
  const headers = known ? await keep(call, context, evaluation.asked, known) : {};
  return { evaluation, headers, forced: forced?.variants };
}

/** What the units were given before; undefined where no experiment or no store keeps it, or it cannot be asked now. */
async function recall({ request, isolate }: Call, values: Values, held: Edgewise): Promise<Records | undefined> {
  const ruleset = isolate.rulesets.held ?? held;
  if (!isolate.sticky || !ruleset.experiments.some(({ sticky }) => sticky)) return undefined;
  try {
    return await isolate.sticky.read(ruleset.context(values).units(), request);
  } catch (error) {
    console.warn(`nothing is known of what a unit was given before: ${String(error)}`);
    return undefined;
  }
}

/** Stores what was drawn now, behind the answer or by a header of it. */
async function keep(
  { request, isolate, context: execution }: Call,
  context: Context,
  asked: readonly string[],
  known: Records,
): Promise<Record<string, string>> {
  const fresh = freshRecords(context, asked, known);
  if (!isolate.sticky || Object.keys(fresh).length === 0) return {};
  const { cookie, stored } = await isolate.sticky.write(context.units(), known, fresh, request);
  if (stored) execution.waitUntil(stored.catch((error) => console.warn(`a unit's records were not kept: ${String(error)}`)));
  return cookie === undefined ? {} : { "set-cookie": cookie };
}

/** The experiments that draw calls, and were given nothing to draw from. */
function wanting(context: Context, asked: readonly string[]): string[] {
  return asked.filter((experiment) => context.variant(experiment).reason === "missing_draw");
}
