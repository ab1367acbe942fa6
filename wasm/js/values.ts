/** Flag values: JSON text inside the ruleset. */
import type { FlagType, FlagValue } from "./answers.js";

/** Everybody gets the same object, so nobody may change it. */
export function parseFrozen(text: string): FlagValue {
  return freeze(JSON.parse(text) as FlagValue);
}

/** Whether a fallback is of the flag's type, so that its value can stand in for it. */
export function fits(fallback: unknown, type: FlagType): boolean {
  return fallback === undefined || typeof fallback === type;
}

function freeze(value: FlagValue): FlagValue {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
