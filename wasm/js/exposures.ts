/** What a context's answers are as events. */
import type { Answer, Reason, StickyRecord } from "./answers.js";
import type { Context } from "./context.js";
import { hasDirectives } from "./directives.js";
import { type ExposureEvent, uuidv7 } from "./events.js";
import { lookUp, replayValue } from "./identity.js";
import { holdBackOf, holdoutAt, holdoutsOf, isDependent, isSticky, layerOf } from "./rare.js";
import { Question } from "./interpreter.js";
import { NONE } from "./ruleset.js";
import type { Attribute } from "./tables.js";

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

/** What the exposures of one context and one time have in common: the same objects and texts are in each of them. */
export interface Common {
  readonly at: number;
  /** Their id, which each has its own of, stands here only because it comes first. */
  readonly fields: Pick<ExposureEvent, "id" | "type" | "ts" | "tenant" | "units" | "ruleset" | "evaluated_at">;
  /** By what was looked up: many experiments look at the same. */
  readonly attributes: Map<readonly Attribute[], ExposureEvent["attributes"]>;
}

/** The experiment's own; undefined where using its answer is none. */
export function experimentExposure(context: Context, answer: Answer, at?: number): ExposureEvent | undefined {
  const { experiment, variant, reason, bucket, epoch } = answer;
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
    attributes: attributesOf(context, tables.known(index).attributes),
    ...(ALL_RULES && hasDirectives(context.directives) && directivesBehind(context, experiment, index)),
    ...(propensity !== null && { propensity }),
  };
}

/** Those of the holdouts that the experiment asked. */
export function holdoutExposures(context: Context, answer: Answer, at?: number): ExposureEvent[] {
  const { interpreter } = context;
  const { tables } = interpreter;
  const { experiment, reason, details } = answer;
  const index = tables.experimentPlaces.find(experiment);
  if (index === undefined) return [];
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
function exposureOf(context: Context, unit_type: string, used: number | undefined) {
  // Before a look at the clock: what was evaluated was not so after it was used.
  const evaluated = context.now;
  const at = used ?? context.given ?? Date.now();
  if (context.common?.at !== at) context.common = commonOf(context, evaluated, at);
  const { fields } = context.common!;
  return { ...fields, id: uuidv7(at), unit_type, unit: fields.units[unit_type]! };
}

function commonOf(context: Context, evaluated: number, at: number): Common {
  const { tenant, digest: ruleset } = context.interpreter.tables;
  const [ts, evaluated_at] = [at, evaluated].map((time) => new Date(time).toISOString()) as [string, string];
  const named = tenant !== undefined && { tenant };
  const fields = { id: "", type: "exposure" as const, ts, ...named, units: context.units(), ruleset, evaluated_at };
  return { at, fields, attributes: new Map() };
}

/** Of a context that has an event already. */
function attributesOf({ common, values }: Context, attributes: readonly Attribute[]): ExposureEvent["attributes"] {
  const known = common!.attributes;
  if (!known.has(attributes)) {
    const replayed = attributes.map(({ name, path }) => [name, replayValue(lookUp(values, path))]);
    known.set(attributes, Object.fromEntries(replayed));
  }
  return known.get(attributes)!;
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
