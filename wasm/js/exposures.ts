/** What a context's answers are as events. */
import type { Reason, StickyRecord } from "./answers.js";
import type { Context } from "./context.js";
import { type ExposureEvent, uuidv7 } from "./events.js";
import { lookUp, replayValue } from "./identity.js";
import { holdBackOf, holdoutAt, holdoutsOf, isDependent, isSticky, layerOf } from "./rare.js";
import { Question } from "./interpreter.js";
import type { ExperimentId } from "./names.js";
import { NONE } from "./ruleset.js";

/** The evaluation ended before it came to the holdouts. */
const BEFORE_HOLDOUTS: readonly Reason[] = [
  "switched_off",
  "paused",
  "not_started",
  "ended",
  "missing_unit",
  "invalid_unit",
  "forced",
];

/** The experiment's own; undefined where using its answer is none. */
export function experimentExposure(context: Context, experiment: ExperimentId, at?: number): ExposureEvent | undefined {
  const answer = context.variant(experiment);
  const { variant, reason, bucket, epoch } = answer;
  const { unit, propensity } = answer.details;
  if (!answer.exposure || variant === null || epoch === null) return undefined;
  const { tables } = context.interpreter;
  const index = tables.experimentPlaces.find(experiment)!;
  return {
    ...exposureOf(context, unit!, at),
    kind: "experiment",
    experiment,
    variant,
    reason,
    ...(bucket !== null && { bucket }),
    epoch,
    attributes: Object.fromEntries(
      tables.known(index).attributes.map(({ name, path }) => [name, replayValue(lookUp(context.values, path))]),
    ),
    ...(ALL_RULES && directivesBehind(context, experiment, index)),
    ...(propensity !== null && { propensity }),
  };
}

/** Those of the holdouts that the experiment asked. */
export function holdoutExposures(context: Context, experiment: ExperimentId, at?: number): ExposureEvent[] {
  const { interpreter } = context;
  const { tables } = interpreter;
  const index = tables.experimentPlaces.find(experiment);
  if (index === undefined) return [];
  const { reason, details } = context.variant(experiment);
  const { holdout: holding, unit } = details;
  const asked = BEFORE_HOLDOUTS.includes(reason) ? [] : holdoutsOf(tables, index);
  if (reason === "graduated" || reason === "held_back") {
    const holdBack = holdBackOf(tables, index);
    if (holdBack !== NONE) asked.push(holdBack);
  }
  const events: ExposureEvent[] = [];
  for (const place of asked) {
    const { id, epoch } = holdoutAt(tables, place);
    const held = id === holding;
    events.push({
      ...exposureOf(context, unit!, at),
      kind: "holdout",
      experiment: id,
      variant: held ? "held_out" : "open",
      reason: held ? "held_out" : "assigned",
      bucket: interpreter.ask(Question.HoldOut, place, tables.unitTypes.indexOf(unit!), context, [])[0]!,
      epoch,
      attributes: {},
    });
    if (held) break;
  }
  return events;
}

/** What all exposures have. */
function exposureOf(context: Context, unitType: string, used: number | undefined) {
  const { tenant, digest } = context.interpreter.tables;
  // Before a look at the clock: what was evaluated was not so after it was used.
  const evaluated = context.now;
  const at = used ?? context.given ?? Date.now();
  const units = context.units();
  return {
    id: uuidv7(at),
    type: "exposure" as const,
    ts: new Date(at).toISOString(),
    ...(tenant !== undefined && { tenant }),
    units,
    ruleset: digest,
    evaluated_at: new Date(evaluated).toISOString(),
    unit_type: unitType,
    unit: units[unitType]!,
  };
}

/** What the host said of the draw itself, as far as the experiment's answer can depend on it. */
function directivesBehind(context: Context, experiment: string, index: number) {
  const { nonce, counters } = context.directives;
  const sticky = recordsBehind(context, index);
  const counter = counters?.[experiment];
  return {
    ...(sticky.length > 0 && { sticky }),
    ...(nonce && { nonce }),
    ...(counter !== undefined && { counter }),
  };
}

/** The sticky records that the experiment's answer can depend on, in their order. */
function recordsBehind({ directives, interpreter }: Context, index: number): StickyRecord[] {
  const { tables } = interpreter;
  const layer = layerOf(tables, index);
  return (directives.sticky ?? []).filter(({ experiment }) => {
    const kept = tables.experimentPlaces.find(experiment);
    if (kept === undefined || !isSticky(tables, kept)) return false;
    return kept === index || isDependent(tables, index) || (layer !== NONE && layerOf(tables, kept) === layer);
  });
}
