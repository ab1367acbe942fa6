/** Flag values: JSON text inside the ruleset, parsed when first asked for. */
import type { FlagType, FlagValue } from "./answers.js";
import type { RulesetReader } from "./ruleset.js";

export class Values {
  readonly #parsed = new Map<number, FlagValue>();

  constructor(private readonly reader: RulesetReader) {}

  /** The value whose text lies there. */
  at(start: number, length: number): FlagValue {
    let value = this.#parsed.get(start);
    if (value === undefined) {
      value = freeze(JSON.parse(this.reader.decode(start, length)) as FlagValue);
      this.#parsed.set(start, value);
    }
    return value;
  }
}

/** Whether a fallback is of the flag's type, so that its value can stand in for it. */
export function fits(fallback: unknown, type: FlagType): boolean {
  return fallback === undefined || typeof fallback === type;
}

/** Everybody gets the same object, so nobody may change it. */
function freeze(value: FlagValue): FlagValue {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
