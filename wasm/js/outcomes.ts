/** The evaluator's words as answers; see `wasm/src/evaluator.rs`. */
import { type Answer, type AnswerDetails, type FlagAnswer, type FlagReason, type FlagValue, REASONS } from "./answers.js";
import type { Context } from "./context.js";
import type { ExperimentId, FlagId } from "./names.js";
import { fallbackOf, holdoutAt, isSticky } from "./rare.js";

/** The places of an experiment's words. */
const enum Word {
  Variant,
  Reason,
  Bucket,
  Holdout,
}
export const ASSIGNMENT_WORDS = 4;

/** What stands beside the reason's code in its word. */
const enum Bits {
  Code = 255,
  Exposure = 256,
  Fallback = 512,
}

/** The places of a flag's words, the last of which are those of an experiment. */
const enum FlagWord {
  Source,
  Rule,
  ValueStart,
  ValueLength,
  Experiment,
  Assignment,
}

const SOURCES: readonly FlagReason[] = ["default", "experiment", "rule"];

/** Places in `REASONS`. */
const ASSIGNED = 0;
const STICKY = 19;

/** No experiment took the unit. */
const NOBODY = { experiment: null, variant: null, epoch: null, exposure: false };

const NO_DETAILS: AnswerDetails = Object.freeze({
  iteration: null,
  unit: null,
  fallback: false,
  holdout: null,
  propensity: null,
  sticky: false,
});

/** What this experiment answers, by the words from this place on. */
export function toAnswer(context: Context, index: number, words: Int32Array, at: number): Answer {
  const { experiment, details } = context.interpreter.tables.known(index);
  const variant = words[at + Word.Variant]!;
  const reason = words[at + Word.Reason]!;
  const bucket = words[at + Word.Bucket]!;
  const code = reason & Bits.Code;
  return {
    experiment: experiment.id,
    variant: variant < 0 ? null : experiment.variants[variant]!,
    reason: REASONS[code]!,
    bucket: bucket < 0 ? null : bucket,
    epoch:
      ALL_RULES && code === STICKY
        ? recordFor(context, experiment.id, experiment.iteration, experiment.variants)!.epoch
        : experiment.epoch,
    exposure: (reason & Bits.Exposure) !== 0,
    details:
      ALL_RULES && (reason & Bits.Fallback || words[at + Word.Holdout]! >= 0)
        ? toDetails(context, index, words, at)
        : (details[code === ASSIGNED ? variant + 1 : 0] ??= toDetails(context, index, words, at)),
  };
}

function toDetails({ interpreter }: Context, index: number, words: Int32Array, at: number): AnswerDetails {
  const { tables } = interpreter;
  const { iteration, unit } = tables.experiment(index);
  const reason = words[at + Word.Reason]!;
  const drawn = (reason & Bits.Code) === ASSIGNED;
  const fallback = (reason & Bits.Fallback) !== 0;
  const holdout = words[at + Word.Holdout]!;
  return tables.shared({
    iteration,
    unit: ALL_RULES && fallback ? fallbackOf(tables, index) : unit,
    fallback,
    holdout: ALL_RULES && holdout >= 0 ? holdoutAt(tables, holdout).id : null,
    propensity: drawn ? interpreter.propensity(index, words[at + Word.Variant]!) : null,
    sticky: ALL_RULES && drawn && isSticky(tables, index),
  });
}

/** The sticky record that counted: the first that is valid. */
function recordFor({ directives }: Context, experiment: string, iteration: number, variants: readonly string[]) {
  return directives.sticky?.find(
    (record) =>
      record.experiment === experiment && record.iteration === iteration && variants.includes(record.variant),
  );
}

export function unknownExperiment(experiment: ExperimentId): Answer {
  return { ...NOBODY, experiment, reason: "unknown_experiment", bucket: null, details: NO_DETAILS };
}

/** What the flag answers, by these words. */
export function toFlagAnswer(context: Context, flag: FlagId, words: Int32Array): FlagAnswer {
  const rule = words[FlagWord.Rule]!;
  const index = words[FlagWord.Experiment]!;
  const { experiment, variant, epoch, exposure } = index < 0 ? NOBODY : toAnswer(context, index, words, FlagWord.Assignment);
  return {
    flag,
    value: valueIn(context, words),
    reason: SOURCES[words[FlagWord.Source]!]!,
    rule: rule < 0 ? null : rule,
    experiment,
    variant,
    epoch,
    exposure,
  };
}

export function unknownFlag(flag: FlagId): FlagAnswer {
  return { flag, value: undefined, reason: "unknown_flag", rule: null, ...NOBODY };
}

/** The flag's value. */
export function valueIn({ interpreter }: Context, words: Int32Array): FlagValue {
  return interpreter.tables.value(words[FlagWord.ValueStart]!, words[FlagWord.ValueLength]!);
}
