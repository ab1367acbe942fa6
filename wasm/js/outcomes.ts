/** The evaluator's words as answers; see `wasm/src/evaluator.rs`. */
import { type Answer, type AnswerDetails, type FlagAnswer, type FlagReason, REASONS, type StickyRecord } from "./answers.js";
import type { Subject } from "./encoder.js";
import type { Interpreter } from "./interpreter.js";
import type { ExperimentId, FlagId } from "./names.js";
import { fallbackOf, holdoutAt, isSticky } from "./rare.js";
import type { Values } from "./values.js";

/** The places of an answer's words, and the bits beside its reason. */
const VARIANT = 0;
const REASON = 1;
const BUCKET = 2;
const HOLDOUT = 3;
export const ASSIGNMENT_WORDS = 4;

const CODE_BITS = 255;
const EXPOSURE_BIT = 256;
const FALLBACK_BIT = 512;

const SOURCE = 0;
const RULE = 1;
const VALUE_START = 2;
const VALUE_LENGTH = 3;
const EXPERIMENT = 4;
const ASSIGNMENT = 5;

const SOURCES: readonly FlagReason[] = ["default", "experiment", "rule"];

const ASSIGNED = REASONS.indexOf("assigned");
const STICKY = REASONS.indexOf("sticky");

/** What this experiment answers, by the words from this place on. */
export function toAnswer(interpreter: Interpreter, subject: Subject, index: number, words: Int32Array, at: number): Answer {
  const { experiment, details } = interpreter.tables.known(index);
  const variant = words[at + VARIANT]!;
  const reason = words[at + REASON]!;
  const bucket = words[at + BUCKET]!;
  const code = reason & CODE_BITS;
  return {
    experiment: experiment.id,
    variant: variant < 0 ? null : experiment.variants[variant]!,
    reason: REASONS[code]!,
    bucket: bucket < 0 ? null : bucket,
    epoch:
      ALL_RULES && code === STICKY
        ? recordFor(subject, experiment.id, experiment.iteration, experiment.variants)!.epoch
        : experiment.epoch,
    exposure: (reason & EXPOSURE_BIT) !== 0,
    details:
      ALL_RULES && (reason & FALLBACK_BIT || words[at + HOLDOUT]! >= 0)
        ? toDetails(interpreter, index, words, at)
        : (details[code === ASSIGNED ? variant + 1 : 0] ??= toDetails(interpreter, index, words, at)),
  };
}

function toDetails(interpreter: Interpreter, index: number, words: Int32Array, at: number): AnswerDetails {
  const { tables } = interpreter;
  const { iteration, unit } = tables.experiment(index);
  const reason = words[at + REASON]!;
  const drawn = (reason & CODE_BITS) === ASSIGNED;
  const fallback = (reason & FALLBACK_BIT) !== 0;
  const holdout = words[at + HOLDOUT]!;
  return tables.shared({
    iteration,
    unit: ALL_RULES && fallback ? fallbackOf(tables, index) : unit,
    fallback,
    holdout: ALL_RULES && holdout >= 0 ? holdoutAt(tables, holdout).id : null,
    propensity: drawn ? interpreter.propensity(index, words[at + VARIANT]!) : null,
    sticky: ALL_RULES && drawn && isSticky(tables, index),
  });
}

/** The sticky record that counted: the first that is valid. */
function recordFor({ directives }: Subject, experiment: string, iteration: number, variants: readonly string[]) {
  return directives.sticky?.find(
    (record: StickyRecord) =>
      record.experiment === experiment && record.iteration === iteration && variants.includes(record.variant),
  );
}

export function unknownExperiment(experiment: ExperimentId): Answer {
  return {
    experiment,
    variant: null,
    reason: "unknown_experiment",
    bucket: null,
    epoch: null,
    exposure: false,
    details: { iteration: null, unit: null, fallback: false, holdout: null, propensity: null, sticky: false },
  };
}

/** What the flag answers, by these words. */
export function toFlagAnswer(
  interpreter: Interpreter,
  subject: Subject,
  flag: FlagId,
  words: Int32Array,
  values: Values,
): FlagAnswer {
  const experiment = words[EXPERIMENT]!;
  const rule = words[RULE]!;
  const answer = experiment < 0 ? undefined : toAnswer(interpreter, subject, experiment, words, ASSIGNMENT);
  return {
    flag,
    value: valueIn(words, values),
    reason: SOURCES[words[SOURCE]!]!,
    rule: rule < 0 ? null : rule,
    experiment: answer?.experiment ?? null,
    variant: answer?.variant ?? null,
    epoch: answer?.epoch ?? null,
    exposure: answer?.exposure ?? false,
  };
}

export function unknownFlag(flag: FlagId): FlagAnswer {
  return {
    flag,
    value: undefined,
    reason: "unknown_flag",
    rule: null,
    experiment: null,
    variant: null,
    epoch: null,
    exposure: false,
  };
}

/** The flag's value. */
export function valueIn(words: Int32Array, values: Values) {
  return values.at(words[VALUE_START]!, words[VALUE_LENGTH]!);
}
