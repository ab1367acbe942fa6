/** Why an experiment answered as it did. The texts never change their meaning. */
export type Reason =
  /** The unit was drawn into the variant. Using the answer is an exposure. */
  | "assigned"
  /** The ruleset holds no experiment of this id. */
  | "unknown_experiment"
  /** The experiment is paused. */
  | "paused"
  /** The experiment's start lies ahead. */
  | "not_started"
  /** The experiment's end has passed. */
  | "ended"
  /** The context holds no id of the experiment's unit type. */
  | "missing_unit"
  /** The context's id is no string of 1 to 1,024 bytes and no safe integer. */
  | "invalid_unit"
  /** The targeting condition is false for this context. */
  | "not_targeted"
  /** The targeting condition can be decided neither way: an attribute is missing or of another type. */
  | "targeting_unknown"
  /** The ramp has not reached the unit yet. */
  | "not_in_ramp"
  /** The unit's bucket belongs to no variant. */
  | "unallocated";

/** What one experiment answers to one context. */
export interface Answer {
  /** The experiment's id, as it was asked for. */
  readonly experiment: string;
  /** The variant's id; null: none, and `reason` says why. */
  readonly variant: string | null;
  readonly reason: Reason;
  /** The unit's variant bucket, 0 to 999,999; null: the evaluation ended before it was drawn. */
  readonly bucket: number | null;
  /** Names the allocation in force: 16 hexadecimal digits; null: the experiment is unknown. */
  readonly epoch: string | null;
  /** Whether using this answer is an exposure: then send `context.exposure(experiment)`. */
  readonly exposure: boolean;
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
  readonly flag: string;
  /** The value; undefined: the flag is unknown. */
  readonly value: FlagValue | undefined;
  readonly reason: FlagReason;
  /** The place of the rule that decided, from 0; null: no rule did. */
  readonly rule: number | null;
  /** The experiment that claims the flag and took the unit; null: none did. */
  readonly experiment: string | null;
  /** The variant that this experiment drew, whether or not it names the flag. */
  readonly variant: string | null;
  /** That experiment's epoch. */
  readonly epoch: string | null;
  /**
   * Whether using this answer is an exposure of `experiment`: then send `context.exposure(answer.experiment)`. It can
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
