/** One flag for one context, in the words of OpenFeature. */
import type { Answer, Edgewise, Flag, FlagAnswer } from "edgewise";
import type { Answers } from "./answers.js";

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

/** A flag's answer and why; in Edgewise's own words, `assignment` is why the experiment said what it did. */
export interface Verdict {
  readonly answer: FlagAnswer;
  readonly reason: FlagReason;
  readonly assignment: Answer["reason"] | undefined;
}

/** The experiments that were asked for a flag's answer, in this order: using the value is a use of each. */
export function askedFor({ claimedBy }: Pick<Flag, "claimedBy">, { experiment }: FlagAnswer, answers: Answers): readonly Answer[] {
  const asked: Answer[] = [];
  for (const claiming of claimedBy) {
    asked.push(answers.of(claiming));
    if (claiming === experiment) break;
  }
  return asked;
}

/** Judges a flag's answer by those of the experiments that were asked for it; `unit` is the type of the targeting key's unit. */
export function judge(ruleset: Edgewise, answer: FlagAnswer, asked: readonly Answer[], unit: string): Verdict | Failure {
  if (answer.experiment !== null) return { answer, reason: "SPLIT", assignment: asked.at(-1)?.reason };
  const failure = keyFailure(ruleset, answer.flag, asked, unit);
  return failure ?? { answer, reason: reasonWithout(answer, asked), assignment: asked[0]?.reason };
}

/** What the flag says, by the ruleset whose digest is `version`. */
export function outcomeOf({ answer, reason, assignment }: Verdict, version: string): Success {
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
    if (reason !== "missing_unit" && reason !== "invalid_unit") continue;
    if (ruleset.experiments.find(({ id }) => id === experiment)?.unit !== unit) continue;
    if (reason === "missing_unit") {
      const errorDetails = `experiment ${experiment} draws by ${unit}; give its id as \`targetingKey\``;
      return { key, errorCode: "TARGETING_KEY_MISSING", errorDetails };
    }
    const errorDetails = "`targetingKey` must be a string of 1 to 1024 bytes, or a safe integer";
    return { key, errorCode: "INVALID_CONTEXT", errorDetails };
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
