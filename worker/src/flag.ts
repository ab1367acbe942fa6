/** One flag for one context, in the words of OpenFeature. */
import type { Answer, Context, Edgewise, FlagAnswer } from "edgewise";

/** A flag's value, and what led to it. */
export interface Success {
  readonly key: string;
  readonly value: unknown;
  readonly reason: FlagReason;
  readonly variant?: string;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

/** Why there is no value. */
export interface Failure {
  readonly key?: string;
  readonly errorCode: "PARSE_ERROR" | "INVALID_CONTEXT" | "TARGETING_KEY_MISSING" | "FLAG_NOT_FOUND" | "GENERAL";
  readonly errorDetails: string;
}

/** Tells a failure from everything else. */
export function isFailure(outcome: object): outcome is Failure {
  return "errorCode" in outcome;
}

/**
 * `SPLIT`: an experiment took the unit. `TARGETING_MATCH`: a rule of the flag did. `DISABLED`: the flag's default,
 * because the experiments on it are paused, over, not begun or switched off. `DEFAULT`: the flag's default.
 */
type FlagReason = "SPLIT" | "TARGETING_MATCH" | "DISABLED" | "DEFAULT";

/** An outcome, and the experiments that were asked for it, in this order: using the value is a use of each. */
export interface Evaluation {
  readonly outcome: Success | Failure;
  readonly asked: readonly string[];
}

/** Evaluates a flag of the ruleset, whose digest is `version`; `unit` is the type of the targeting key's unit. */
export function evaluateFlag(
  ruleset: Edgewise,
  version: string,
  flag: Edgewise["flags"][number],
  context: Context,
  unit: string,
): Evaluation {
  const answer = context.evaluate(flag.id);
  if (answer.experiment !== null) {
    return {
      outcome: success(version, answer, "SPLIT", context.variant(answer.experiment).reason),
      asked: flag.claimedBy.slice(0, flag.claimedBy.indexOf(answer.experiment) + 1),
    };
  }
  const declined = flag.claimedBy.map((experiment) => context.variant(experiment));
  const failure = keyFailure(ruleset, flag.id, declined, unit);
  if (failure) return { outcome: failure, asked: [] };
  const outcome = success(version, answer, reasonWithout(answer, declined), declined[0]?.reason);
  return { outcome, asked: flag.claimedBy };
}

function success(
  version: string,
  answer: FlagAnswer,
  reason: FlagReason,
  assignment: Answer["reason"] | undefined,
): Success {
  const { flag, value, experiment, variant, epoch, rule } = answer;
  const metadata: Record<string, string | number> = { version };
  if (assignment !== undefined) metadata.assignment = assignment;
  if (experiment !== null) metadata.experiment = experiment;
  if (variant !== null) metadata.variant = variant;
  if (epoch !== null) metadata.epoch = epoch;
  if (rule !== null) metadata.rule = rule;
  return { key: flag, value, reason, ...(variant === null ? {} : { variant }), metadata };
}

/** An experiment on the flag needs the targeting key, and there is none, or none that can be drawn with. */
function keyFailure(ruleset: Edgewise, key: string, declined: readonly Answer[], unit: string): Failure | undefined {
  for (const { experiment, reason } of declined) {
    if (ruleset.experiments.find(({ id }) => id === experiment)?.unit !== unit) continue;
    if (reason === "missing_unit") {
      const errorDetails = `experiment ${experiment} draws by ${unit}; give its id as \`targetingKey\``;
      return { key, errorCode: "TARGETING_KEY_MISSING", errorDetails };
    }
    if (reason === "invalid_unit") {
      const errorDetails = "`targetingKey` must be a string of 1 to 1024 bytes, or a safe integer";
      return { key, errorCode: "INVALID_CONTEXT", errorDetails };
    }
  }
  return undefined;
}

function reasonWithout(answer: FlagAnswer, declined: readonly Answer[]): FlagReason {
  if (answer.reason === "rule") return "TARGETING_MATCH";
  return declined.length > 0 && declined.every(({ reason }) => OFF.has(reason)) ? "DISABLED" : "DEFAULT";
}

/** The experiment takes nobody. */
const OFF: ReadonlySet<Answer["reason"]> = new Set<Answer["reason"]>([
  "paused",
  "not_started",
  "ended",
  "switched_off",
]);
