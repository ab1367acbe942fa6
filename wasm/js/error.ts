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

/** The evaluator itself failed twice in a row, the second time on a fresh instance. Please report it. */
export class EvaluatorError extends Error {
  override readonly name = "EvaluatorError";
}

const AGAIN = "; fetch or build it again";

/** Code and text, by the numbers of `wasm/src/error.rs`; `#` stands for the details, one after the other. */
const REFUSALS = [
  ["not_a_ruleset", "not a ruleset: it does not begin with EDGEWISE; build one with `edgewise build`"],
  ["truncated", `the ruleset is cut off: # bytes of at least #${AGAIN}`],
  ["trailing_bytes", `# bytes were given but the ruleset has #${AGAIN}`],
  ["too_large", "the ruleset has # bytes; at most 26214400 are allowed"],
  ["version", "the ruleset is of format version #, this evaluator reads version 1; update the older one"],
  ["digest_mismatch", `the ruleset was altered: its digest is not that of its bytes${AGAIN}`],
  ["directory", "the ruleset's directory has an entry # that this evaluator does not know; update the evaluator"],
  ["record", "the ruleset contradicts its format in section #, record # (defect #)"],
  ["not_built_in", "the ruleset has #, which this build of the evaluator leaves out; load it with edgewise, the full one"],
] as const;

/** What a build may leave out, by the numbers of `edgewise_core::Missing`. */
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
  const [code, text] = REFUSALS[number! - 1]!;
  const missing = code === "not_built_in" && MISSING[details[0]!];
  return new RulesetError(code, text.replace(/#/g, () => `${missing || details.shift()}`));
}
