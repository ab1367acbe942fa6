/**
 * The OpenFeature Remote Evaluation Protocol (github.com/open-feature/protocol, service/openapi.yaml) for one flag.
 * Bodies, reasons and error codes are those that unmodified OpenFeature clients check.
 */
import type { Answer, Context, Edgewise, ExposureEvent } from "edgewise";
import { json } from "./answer.js";
import { Answers } from "./answers.js";
import { Exposures } from "./exposure.js";
import type { Failure, Success } from "./flag.js";
import { askedFor, isFailure, judge, outcomeOf } from "./flag.js";

/** A flag's outcome, the experiments that were asked for it, and the exposures that using it is. */
export interface SingleEvaluation {
  readonly status: 200 | 400 | 404;
  readonly outcome: Success | Failure;
  readonly asked: readonly Answer[];
  readonly exposures: readonly ExposureEvent[];
}

/** `POST /ofrep/v1/evaluate/flags/{key}`; `unit` is the type of the targeting key's unit. */
export function evaluateOne(ruleset: Edgewise, key: string, context: Context, unit: string): SingleEvaluation {
  const flag = ruleset.flags.find(({ id }) => id === key);
  if (!flag) {
    const errorDetails = `the ruleset ${ruleset.digest} holds no flag ${JSON.stringify(key)}`;
    return { status: 404, outcome: { key, errorCode: "FLAG_NOT_FOUND", errorDetails }, asked: [], exposures: [] };
  }
  const answer = context.evaluate(flag.id);
  const asked = askedFor(flag, answer, new Answers(context));
  const verdict = judge(ruleset, answer, asked, unit);
  if (isFailure(verdict)) return { status: 400, outcome: verdict, asked: [], exposures: [] };
  const outcome = outcomeOf(verdict, ruleset.digest);
  return { status: 200, outcome, asked, exposures: new Exposures(context).of(asked) };
}

/** No evaluation takes place, for a reason that is not the context's: clients fall back to their code's defaults. */
export function unanswerable(
  status: 401 | 429 | 500 | 503,
  errorDetails: string,
  key?: string,
  headers: Record<string, string> = {},
): Response {
  const failure: Failure = { ...(key !== undefined && { key }), errorCode: "GENERAL", errorDetails };
  return json(status, failure, headers);
}
