import {
  type Answer,
  type Explanation,
  type ExplanationStep,
  type FlagAnswer,
  type FlagReason,
  REASONS,
  type StickyRecord,
} from "./answers.js";
import type { Directives } from "./encoder.js";
import { tools } from "./engine.js";
import { type ExposureEvent, uuidv7 } from "./events.js";
import { lookUp, own, replayValue, validUnitId } from "./identity.js";
import { ASSIGN, ASSIGN_ALL, EVALUATE, type Interpreter } from "./interpreter.js";
import type { ExperimentId, FlagId, FlagTypes, UntypedFlag } from "./names.js";
import { NONE } from "./ruleset.js";
import { fits, type Values } from "./values.js";

/** The places of an answer's words, and the bits beside its reason: see `wasm/src/evaluator.rs`. */
const VARIANT = 0;
const REASON = 1;
const BUCKET = 2;
const HOLDOUT = 3;
const ASSIGNMENT_WORDS = 4;

const EXPOSURE_BIT = 256;
const FALLBACK_BIT = 512;

const SOURCE = 0;
const RULE = 1;
const VALUE_START = 2;
const VALUE_LENGTH = 3;
const EXPERIMENT = 4;
const ASSIGNMENT = 5;

const SOURCES: readonly FlagReason[] = ["default", "experiment", "rule"];

/**
 * One somebody at one time. Ask it as often as you like: the answers do not change, and asking exposes nobody.
 *
 * The object with ids and attributes is read when the first question is asked, and perhaps again later: do not change
 * it while the context is in use.
 */
export class Context {
  /** @internal */
  constructor(
    /** @internal */
    readonly interpreter: Interpreter,
    private readonly flagValues: Values,
    /** @internal */
    readonly values: object,
    /** @internal */
    readonly directives: Directives,
    /** The time that experiments go by: milliseconds since the Unix epoch. */
    readonly now: number,
    /** Whether it is the caller's own time rather than that of the clock. */
    /** @internal */
    readonly given: boolean,
  ) {}

  /** Which variant of the experiment this unit gets, and why. */
  variant<E extends ExperimentId>(experiment: E): Answer<E> {
    const { experimentIndex, experiments } = this.interpreter.tables;
    const index = experimentIndex.get(experiment);
    if (index === undefined) return unknownExperiment(experiment) as Answer<E>;
    const targeted = experiments[index]!.attributes.length > 0;
    return toAnswer(this, index, this.interpreter.ask(ASSIGN, index, this, targeted), 0) as Answer<E>;
  }

  /** The answers of all experiments, in the order of their ids. */
  assignments(): Answer[] {
    const words = this.interpreter.ask(ASSIGN_ALL, 0, this, true);
    const count = this.interpreter.tables.experiments.length;
    const answers = new Array<Answer>(count);
    for (let index = 0; index < count; index++) {
      answers[index] = toAnswer(this, index, words, index * ASSIGNMENT_WORDS);
    }
    return answers;
  }

  /**
   * The flag's value. The fallback stands in where the ruleset holds no such flag, or one of another type.
   *
   * Objects are frozen: every evaluation hands out the same one.
   */
  get(flag: UntypedFlag, fallback: boolean): boolean;
  get(flag: UntypedFlag, fallback: number): number;
  get(flag: UntypedFlag, fallback: string): string;
  get<T>(flag: UntypedFlag, fallback: T): T;
  get<F extends keyof FlagTypes>(flag: F, fallback: FlagTypes[F]): FlagTypes[F];
  get(flag: string, fallback: unknown): unknown {
    const { flagIndex, flags } = this.interpreter.tables;
    const index = flagIndex.get(flag);
    if (index === undefined || !fits(fallback, flags[index]!.type)) return fallback;
    const words = this.interpreter.ask(EVALUATE, index, this, true);
    return this.flagValues.at(words[VALUE_START]!, words[VALUE_LENGTH]!);
  }

  /** The flag's value, where it comes from, and whether using it is an exposure. */
  evaluate(flag: FlagId): FlagAnswer {
    const index = this.interpreter.tables.flagIndex.get(flag);
    const words = index === undefined ? undefined : this.interpreter.ask(EVALUATE, index, this, true);
    const experiment = words?.[EXPERIMENT] ?? -1;
    const answer = experiment < 0 ? undefined : toAnswer(this, experiment, words!, ASSIGNMENT);
    const rule = words?.[RULE] ?? -1;
    return {
      flag,
      value: words && this.flagValues.at(words[VALUE_START]!, words[VALUE_LENGTH]!),
      reason: words ? SOURCES[words[SOURCE]!]! : "unknown_flag",
      rule: rule < 0 ? null : rule,
      experiment: answer?.experiment ?? null,
      variant: answer?.variant ?? null,
      epoch: answer?.epoch ?? null,
      exposure: answer?.exposure ?? false,
    };
  }

  /** Why the experiment answers as it does. Not in `edgewise/lite`. */
  explain<E extends ExperimentId>(experiment: E): Explanation<Answer<E>> {
    const index = this.interpreter.tables.experimentIndex.get(experiment);
    return { answer: this.variant(experiment), steps: steps(this, ASSIGN, index) };
  }

  /** Why the flag has its value. Not in `edgewise/lite`. */
  explainFlag(flag: FlagId): Explanation<FlagAnswer> {
    const index = this.interpreter.tables.flagIndex.get(flag);
    return { answer: this.evaluate(flag), steps: steps(this, EVALUATE, index) };
  }

  /**
   * The event to send when the experiment's answer is used; undefined where using it is no exposure of it.
   *
   * Every call makes a new event with an id of its own. Send it once a unit, experiment, variant and epoch. Where
   * holdouts bind the experiment, use `exposures`.
   *
   * @param at when it was used, in milliseconds since the Unix epoch. By default the `now` that the context was given,
   *   or else this moment.
   */
  exposure(experiment: ExperimentId, at?: number): ExposureEvent | undefined {
    const answer = this.variant(experiment);
    const { variant, reason, bucket, epoch, propensity } = answer;
    if (!answer.exposure || variant === null || epoch === null) return undefined;
    const { experiments, experimentIndex, attributePaths } = this.interpreter.tables;
    const index = experimentIndex.get(experiment)!;
    const { attributes } = experiments[index]!;
    return {
      ...exposureOf(this, answer.unit!, at),
      kind: "experiment",
      experiment,
      variant,
      reason,
      ...(bucket !== null && { bucket }),
      epoch,
      attributes: Object.fromEntries(
        attributes.map((name) => [name, replayValue(lookUp(this.values, attributePaths.get(name)!))]),
      ),
      ...(ALL_RULES && directivesBehind(this, experiment, index)),
      ...(propensity !== null && { propensity }),
    };
  }

  /**
   * The events to send when the experiment's answer is used: its own, where using the answer is an exposure of it, and
   * those of the holdouts that were asked, whatever they said. See `exposure`.
   */
  exposures(experiment: ExperimentId, at?: number): ExposureEvent[] {
    const events = ALL_RULES ? holdoutExposures(this, experiment, at) : [];
    const own = this.exposure(experiment, at);
    return own ? [...events, own] : events;
  }

  /** The ids that the context holds, by unit type, as events carry them. What is no valid id is left out. */
  units(): Record<string, string> {
    const ids = this.interpreter.tables.unitTypes.map((unitType) => [unitType, validUnitId(own(this.values, unitType))]);
    return Object.fromEntries(ids.filter(([, id]) => id !== undefined));
  }
}

const ASSIGNED = REASONS.indexOf("assigned");
const STICKY = REASONS.indexOf("sticky");

/** The evaluation ended before it came to the holdouts. */
const BEFORE_HOLDOUTS: ReadonlySet<string> = new Set([
  "switched_off",
  "paused",
  "not_started",
  "ended",
  "missing_unit",
  "invalid_unit",
  "forced",
]);

function toAnswer(context: Context, index: number, words: Int32Array, at: number): Answer {
  const { experiments, details, holdouts } = context.interpreter.tables;
  const { id, variants, epoch, iteration, unit } = experiments[index]!;
  const { sticky, fallback, propensities } = details[index]!;
  const variant = words[at + VARIANT]!;
  const reason = words[at + REASON]!;
  const code = reason & 255;
  const bucket = words[at + BUCKET]!;
  const holdout = words[at + HOLDOUT]!;
  return {
    experiment: id,
    variant: variant < 0 ? null : variants[variant]!,
    reason: REASONS[code]!,
    bucket: bucket < 0 ? null : bucket,
    epoch: ALL_RULES && code === STICKY ? recordFor(context, id, iteration, variants)!.epoch : epoch,
    exposure: (reason & EXPOSURE_BIT) !== 0,
    iteration,
    unit: ALL_RULES && reason & FALLBACK_BIT ? fallback : unit,
    fallback: (reason & FALLBACK_BIT) !== 0,
    holdout: ALL_RULES && holdout >= 0 ? holdouts[holdout]!.id : null,
    propensity: code === ASSIGNED ? propensities[variant]! : null,
    sticky: ALL_RULES && sticky && code === ASSIGNED,
  };
}

/** The sticky record that counted: the first that is valid. */
function recordFor({ directives }: Context, experiment: string, iteration: number, variants: readonly string[]) {
  return directives.sticky?.find(
    (record) => record.experiment === experiment && record.iteration === iteration && variants.includes(record.variant),
  );
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
  const { experimentIndex, details } = interpreter.tables;
  const asked = details[index]!;
  return (directives.sticky ?? []).filter(({ experiment }) => {
    const kept = details[experimentIndex.get(experiment) ?? -1];
    return kept?.sticky && (kept === asked || asked.dependent || (kept.layer !== NONE && kept.layer === asked.layer));
  });
}

function steps(context: Context, question: typeof ASSIGN | typeof EVALUATE, index: number | undefined): ExplanationStep[] {
  if (!tools) throw new Error("edgewise/lite was built without explanations: import from edgewise instead");
  if (index === undefined) return [];
  const { interpreter, now } = context;
  return tools.explain(interpreter.ruleset, interpreter.encode(context, true), question, index, now) as ExplanationStep[];
}

/** Those of the holdouts that the experiment asked. */
function holdoutExposures(context: Context, experiment: string, at: number | undefined): ExposureEvent[] {
  const { interpreter } = context;
  const { experimentIndex, details, holdouts, unitTypes } = interpreter.tables;
  const index = experimentIndex.get(experiment);
  if (index === undefined) return [];
  const { reason, unit, holdout: holding } = context.variant(experiment);
  const bound = details[index]!;
  const asked = BEFORE_HOLDOUTS.has(reason) ? [] : [...bound.holdouts];
  if (reason === "graduated" || reason === "held_back") asked.push(bound.holdBack);
  const events: ExposureEvent[] = [];
  for (const place of asked) {
    const holdout = holdouts[place];
    if (!holdout) continue;
    const held = holdout.id === holding;
    events.push({
      ...exposureOf(context, unit!, at),
      kind: "holdout",
      experiment: holdout.id,
      variant: held ? "held_out" : "open",
      reason: held ? "held_out" : "assigned",
      bucket: interpreter.holdoutBucket(place, unitTypes.indexOf(unit!), context),
      epoch: holdout.epoch,
      attributes: {},
    });
    if (held) break;
  }
  return events;
}

/** What all exposures have. */
function exposureOf(context: Context, unitType: string, at = context.given ? context.now : Date.now()) {
  const { tenant, digest } = context.interpreter.tables;
  const units = context.units();
  return {
    id: uuidv7(at),
    type: "exposure" as const,
    ts: new Date(at).toISOString(),
    ...(tenant !== undefined && { tenant }),
    units,
    ruleset: digest,
    evaluated_at: new Date(context.now).toISOString(),
    unit_type: unitType,
    unit: units[unitType]!,
  };
}

function unknownExperiment(experiment: string): Answer {
  return {
    experiment,
    variant: null,
    reason: "unknown_experiment",
    bucket: null,
    epoch: null,
    exposure: false,
    iteration: null,
    unit: null,
    fallback: false,
    holdout: null,
    propensity: null,
    sticky: false,
  };
}
