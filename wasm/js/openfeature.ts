/**
 * Answers in the words of OpenFeature, for providers of any runtime. It imports no OpenFeature SDK: its types are shapes,
 * and its error codes the texts of the SDKs' enumerations.
 */
import type { Answer, FlagAnswer } from "./answers.js";

/** What a provider is told. */
export interface ProviderOptions {
  /** The unit type that the targeting key is the id of. Default: the ruleset's first, or `user` without a ruleset. */
  readonly targetingUnit?: string;
}

/** Who answers, for one evaluation context. Asking exposes nobody. */
export interface Answering {
  /** The digest of the ruleset that answers, where it is at hand. */
  readonly digest: string | undefined;
  /** Why nobody answers; undefined: somebody does. */
  readonly unready: string | undefined;
  evaluate(flag: string): FlagAnswer;
  /** What the experiments answer that may decide about the flag, in the order in which they are asked. */
  claims(flag: string): readonly Answer[];
}

/** A flag's value and what led to it, or the code's default and why. */
export interface Resolution<T> {
  readonly value: T;
  readonly reason: "SPLIT" | "TARGETING_MATCH" | "DISABLED" | "DEFAULT" | "ERROR";
  readonly variant?: string;
  readonly flagMetadata?: Record<string, string | number>;
  readonly errorCode?: "PROVIDER_NOT_READY" | "FLAG_NOT_FOUND" | "TYPE_MISMATCH" | "TARGETING_KEY_MISSING";
  readonly errorMessage?: string;
}

/** The experiment takes nobody. */
const OFF: readonly Answer["reason"][] = ["paused", "not_started", "ended", "switched_off"];

/** Resolves a flag; `unit` is the type of the unit that the targeting key is the id of. */
export function resolve<T>(answering: Answering, flag: string, fallback: T, unit: string): Resolution<T> {
  const fail = (errorCode: NonNullable<Resolution<T>["errorCode"]>, errorMessage: string): Resolution<T> => {
    return { value: fallback, reason: "ERROR", errorCode, errorMessage };
  };
  if (answering.unready !== undefined) return fail("PROVIDER_NOT_READY", answering.unready);
  const answer = answering.evaluate(flag);
  if (answer.value === undefined) return fail("FLAG_NOT_FOUND", `the ruleset holds no flag ${JSON.stringify(flag)}`);
  if (typeof answer.value !== typeof fallback) {
    const types = `${typeof answer.value}s, not ${typeof fallback}s`;
    return fail("TYPE_MISMATCH", `the flag ${JSON.stringify(flag)} holds ${types}`);
  }
  const claims = answer.experiment === null ? answering.claims(flag) : [];
  const keyless = claims.find(({ reason, details }) => reason === "missing_unit" && details.unit === unit);
  if (keyless) {
    return fail("TARGETING_KEY_MISSING", `experiment ${keyless.experiment} draws by ${unit}; give its id as the targeting key`);
  }
  return {
    value: answer.value as T,
    reason: reasonOf(answer, claims),
    ...(answer.variant !== null && { variant: answer.variant }),
    flagMetadata: metadataOf(answer, answering.digest),
  };
}

/** An evaluation context as a context of ours: the targeting key under the name of its unit type. */
export function valuesOf(
  { targetingKey, ...attributes }: Readonly<Record<string, unknown>>,
  unit: string,
): Record<string, unknown> {
  // An empty key is how some say that they have none.
  return targetingKey === undefined || targetingKey === "" ? attributes : { ...attributes, [unit]: targetingKey };
}

function reasonOf({ reason }: FlagAnswer, claims: readonly Answer[]): Resolution<unknown>["reason"] {
  if (reason === "experiment") return "SPLIT";
  if (reason === "rule") return "TARGETING_MATCH";
  return claims.length > 0 && claims.every((claim) => OFF.includes(claim.reason)) ? "DISABLED" : "DEFAULT";
}

function metadataOf({ experiment, epoch, rule }: FlagAnswer, version: string | undefined): Record<string, string | number> {
  const facts = Object.entries({ version, experiment, epoch, rule });
  return Object.fromEntries(facts.filter((fact): fact is [string, string | number] => (fact[1] ?? null) !== null));
}
