/** The bytes are no ruleset that this evaluator reads. */
export class RulesetError extends Error {
  override readonly name = "RulesetError";

  constructor(
    /** What is wrong, for programs: `not_a_ruleset`, `truncated`, `digest_mismatch`, `version`, … */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The document cannot be compiled to a ruleset. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";

  constructor(
    /** What is wrong, for programs: `shape` where the object is no document at all, else `content`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The evaluator itself failed twice in a row, the second time on a fresh instance; or once, and left no ruleset to go on
 * with. Please report it.
 */
export class EvaluatorError extends Error {
  override readonly name = "EvaluatorError";
}

/** By the numbers of `wasm/src/error.rs`. */
const CODES =
  "not_a_ruleset truncated trailing_bytes too_large version digest_mismatch directory record not_built_in".split(" ");

/** The texts in the same order; `#` stands for the details, one after the other. `edgewise/lite` says less. */
const TEXTS = [
  "not a ruleset: it does not begin with EDGEWISE; build one with `edgewise build`",
  "the ruleset is cut off: # bytes of at least #; fetch or build it again",
  "# bytes were given but the ruleset has #; fetch or build it again",
  "the ruleset has # bytes; at most 26214400 are allowed",
  "the ruleset is of format version #, this evaluator reads version 1; update the older one",
  "the ruleset was altered: its digest is not that of its bytes; fetch or build it again",
  "the ruleset's directory has an entry # that this evaluator does not know; update the evaluator",
  "the ruleset contradicts its format in section #, record # (defect #)",
];

/** What `edgewise/lite` leaves out, by the numbers of `edgewise_core::Missing`. */
const MISSING = [
  "layers, holdouts, prerequisites, forced units, fallbacks, placements, factors or winners",
  "sticky experiments",
  "strategies other than the hash",
  "regular expressions",
  "versions",
  "timestamps",
  "networks",
  "lists of strings",
];

/** The error for a refusal in words: its number, from 1, and its details. */
export function refusal([number, ...details]: Iterable<number>): RulesetError {
  const place = number! - 1;
  const code = CODES[place]!;
  return new RulesetError(code, ALL_RULES ? textOf(place, details) : shortTextOf(code, details));
}

function textOf(place: number, details: number[]): string {
  return TEXTS[place]!.replace(/#/g, () => `${details.shift()}`);
}

function shortTextOf(code: string, details: number[]): string {
  return code === "not_built_in"
    ? `the ruleset has ${notInLite(MISSING[details[0]!]!)}`
    : `the ruleset is refused: ${code} ${details}; edgewise, the full one, says more`;
}

/** What to do about what this build leaves out. */
export function notInLite(what: string): string {
  return `${what}, which edgewise/lite leaves out: load edgewise, the full one`;
}
