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

/**
 * The code of an error that the evaluator gave on purpose, which carries it as its name; undefined: it is another
 * error, and if it came out of the evaluator, a failure of the evaluator's own.
 */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && /^[a-z_]+$/.test(error.name) ? error.name : undefined;
}
