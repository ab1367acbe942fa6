import type { ExperimentId, FlagId, VariantId } from "./names.js";

/** Why an experiment answered as it did, by the codes of `edgewise_core::Reason`. The texts never change their meaning. */
export const REASONS = [
  /** The unit was drawn into the variant. Using the answer is an exposure, unless the experiment is over. */
  "assigned",
  /** The ruleset holds no experiment of this id. */
  "unknown_experiment",
  /** The experiment is paused. */
  "paused",
  /** The experiment's start lies ahead. */
  "not_started",
  /** The experiment's end has passed. */
  "ended",
  /** The context holds no id of the experiment's unit type. */
  "missing_unit",
  /** The context's id is no string of 1 to 1,024 bytes and no safe integer. */
  "invalid_unit",
  /** The targeting condition is false for this context. */
  "not_targeted",
  /** The targeting condition can be decided neither way: an attribute is missing or of another type. */
  "targeting_unknown",
  /** The ramp has not reached the unit yet. */
  "not_in_ramp",
  /** The unit's bucket belongs to no variant. */
  "unallocated",
  /** Experiments are switched off as a whole. */
  "switched_off",
  /** The unit stands on the experiment's list, or `forced` names its variant. No exposure. */
  "forced",
  /** A holdout holds the unit out of the experiment. */
  "held_out",
  /** Another experiment or flag does not answer what this one requires. */
  "prerequisite_not_met",
  /** An experiment of higher priority with a common flag takes the unit. */
  "masked",
  /** The experiment is decided, and this is the winner. No exposure. */
  "graduated",
  /** The experiment is decided, and the unit keeps the control to compare with. No exposure of the experiment. */
  "held_back",
  /** In its layer the unit belongs to somebody else: by its bucket, or by a sticky record. */
  "not_in_slot",
  /** The unit has the variant that it had before. Using the answer is an exposure, unless the experiment is over. */
  "sticky",
  /** The experiment takes no new units in, and this one is new. */
  "not_enrolling",
  /** A rule of the experiment placed the unit. No exposure, because nothing was drawn. */
  "placed",
  /** The experiment draws from a nonce or a counter, and the context was given none. */
  "missing_draw",
] as const;

/** Why an experiment answered as it did. */
export type Reason = (typeof REASONS)[number];

/** What a unit was given before, for experiments that keep it: hosts store it and hand it in again. */
export interface StickyRecord {
  readonly experiment: string;
  readonly iteration: number;
  readonly variant: string;
  /** The epoch in which the variant was drawn. */
  readonly epoch: string;
}

/** What one experiment answers to one context. */
export interface Answer<E extends ExperimentId = ExperimentId> {
  /** The experiment's id, as it was asked for. */
  readonly experiment: E;
  /** The variant's id; null: none, and `reason` says why. */
  readonly variant: VariantId<E> | null;
  readonly reason: Reason;
  /** The unit's variant bucket, 0 to 999,999; null: it did not come to one draw. */
  readonly bucket: number | null;
  /** Names the allocation that the unit was drawn in: 16 hexadecimal digits; null: the experiment is unknown. */
  readonly epoch: string | null;
  /** Whether using this answer is an exposure: then send what `context.exposures(experiment)` gives. */
  readonly exposure: boolean;
  /** What is seldom asked; frozen, because answers that agree in it share it. */
  readonly details: AnswerDetails;
}

/** What an answer says besides. */
export interface AnswerDetails {
  /** Which run of the experiment this is, from 1; null: the experiment is unknown. */
  readonly iteration: number | null;
  /** The unit type whose id counted; null: the experiment is unknown. */
  readonly unit: string | null;
  /** Whether that is the fallback's, because the context holds no id of the experiment's own. */
  readonly fallback: boolean;
  /** The holdout that held the unit out, or back; null: none did. */
  readonly holdout: string | null;
  /** With which probability a unit draws this variant, 0 to 1; null: it was not drawn. */
  readonly propensity: number | null;
  /**
   * Whether to keep the answer's experiment, iteration, variant and epoch, and hand them in as a sticky record: the
   * experiment is sticky and drew the unit. What a rule placed it does not keep, because a record counts as drawn.
   */
  readonly sticky: boolean;
}

/** Where a flag's value comes from. */
export type FlagReason =
  /** A variant of an experiment that claims the flag. */
  | "experiment"
  /** One of the flag's own rules. */
  | "rule"
  /** The flag's default. */
  | "default"
  /** The ruleset holds no flag of this id; there is no value. */
  | "unknown_flag";

/** The type of a flag's values. */
export type FlagType = "boolean" | "number" | "string" | "object";

/** A JSON value; objects and arrays are frozen, because every evaluation hands out the same one. */
export type FlagValue =
  | null
  | boolean
  | number
  | string
  | readonly FlagValue[]
  | { readonly [name: string]: FlagValue };

/** What one flag answers to one context. */
export interface FlagAnswer {
  /** The flag's id, as it was asked for. */
  readonly flag: FlagId;
  /** The value; undefined: the flag is unknown. */
  readonly value: FlagValue | undefined;
  readonly reason: FlagReason;
  /** The place of the rule that decided, from 0; null: no rule did. */
  readonly rule: number | null;
  /** The experiment that claims the flag and took the unit; null: none did. */
  readonly experiment: ExperimentId | null;
  /** The variant that this experiment drew, whether or not it names the flag. */
  readonly variant: string | null;
  /** That experiment's epoch. */
  readonly epoch: string | null;
  /**
   * Whether using this answer is an exposure of `experiment`: then send what `context.exposures(answer.experiment)` gives. It can
   * be one although the value is the default, because a control that changes nothing is exposed as well.
   */
  readonly exposure: boolean;
}

/** One thing that an evaluation found out; `step` says what, the other fields depend on it. */
export interface ExplanationStep {
  readonly step: string;
  readonly [detail: string]: unknown;
}

/** An answer and how it came about. */
export interface Explanation<A> {
  readonly answer: A;
  /** In the order of evaluation; the step that says no is the last. */
  readonly steps: readonly ExplanationStep[];
}
