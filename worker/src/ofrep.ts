/**
 * The OpenFeature Remote Evaluation Protocol (github.com/open-feature/protocol, service/openapi.yaml): one flag or all
 * of them for a context. Bodies, reasons and error codes are those that unmodified OpenFeature clients check.
 */
import type { Context, Edgewise, ExposureEvent } from "edgewise";
import { json } from "./answer.js";
import { Exposures } from "./exposure.js";
import type { Evaluation, Failure, Success } from "./flag.js";
import { evaluateFlag, isFailure } from "./flag.js";

/** A flag's outcome, the experiments that were asked for it, and the exposures that using it is. */
export interface SingleEvaluation {
  readonly status: 200 | 400 | 404;
  readonly outcome: Success | Failure;
  readonly asked: readonly string[];
  readonly exposures: readonly ExposureEvent[];
}

/** `POST /ofrep/v1/evaluate/flags/{key}`; `unit` is the type of the targeting key's unit. */
export function evaluateOne(ruleset: Edgewise, key: string, context: Context, unit: string): SingleEvaluation {
  const flag = ruleset.flags.find(({ id }) => id === key);
  if (!flag) {
    const errorDetails = `the ruleset ${ruleset.digest} holds no flag ${JSON.stringify(key)}`;
    return { status: 404, outcome: { key, errorCode: "FLAG_NOT_FOUND", errorDetails }, asked: [], exposures: [] };
  }
  const { outcome, asked } = evaluateFlag(ruleset, ruleset.digest, flag, context, unit);
  return { status: isFailure(outcome) ? 400 : 200, outcome, asked, exposures: new Exposures(context).of(asked) };
}

/** The outcomes of all flags, each with the exposures to hand back. */
export interface BulkEvaluation {
  readonly version: string;
  readonly evaluations: readonly Evaluation[];
  readonly asked: readonly string[];
  readonly handedBack: readonly (readonly ExposureEvent[])[];
}

/** `POST /ofrep/v1/evaluate/flags`. Nothing is used yet, so nothing is exposed. */
export function evaluateAll(ruleset: Edgewise, context: Context, unit: string): BulkEvaluation {
  const version = ruleset.digest;
  const evaluations = ruleset.flags.map((flag) => evaluateFlag(ruleset, version, flag, context, unit));
  const exposures = new Exposures(context);
  return {
    version,
    evaluations,
    asked: ruleset.experiments.map(({ id }) => id),
    handedBack: evaluations.map(({ asked }) => exposures.of(asked)),
  };
}

/**
 * The answer to a bulk evaluation. The metadata of each flag whose use would be an exposure carries the events to send
 * then; `metadata` is of the answer as a whole. The ETag is that of the evaluated result, never of the ruleset alone:
 * clients send the tag of their last answer although their context has changed since. `known` is If-None-Match, where it
 * may be honoured.
 */
export async function bulkAnswer(
  evaluation: BulkEvaluation,
  metadata: Readonly<Record<string, string>>,
  eventStreams: readonly object[],
  known: string | null,
  more: Readonly<Record<string, string>>,
): Promise<Response> {
  const { version, evaluations, handedBack } = evaluation;
  const etag = await etagOf(evaluation);
  const headers = { ...more, etag };
  if (known !== null && matches(known, etag)) return new Response(null, { status: 304, headers });
  const flags = evaluations.map(({ outcome }, index) => handingBack(outcome, handedBack[index] ?? []));
  return json(200, { flags, metadata: { version, ...metadata }, eventStreams }, headers);
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

/** Puts the exposures that using the flag will be into its metadata, which may hold nothing deeper than a string. */
function handingBack(outcome: Success | Failure, exposures: readonly ExposureEvent[]): Success | Failure {
  if (exposures.length === 0 || isFailure(outcome)) return outcome;
  return { ...outcome, metadata: { ...outcome.metadata, exposures: JSON.stringify(exposures) } };
}

/**
 * A weak tag: two answers of one tag mean the same, but the exposures that they hand back differ in id and time. What
 * the ruleset says of a flag follows from its digest and the few words here, so that there is little to hash.
 */
async function etagOf({ version, evaluations, handedBack }: BulkEvaluation): Promise<string> {
  const outcomes = evaluations.map(({ outcome }) =>
    isFailure(outcome) ? outcome.errorCode : [outcome.reason, outcome.variant, outcome.metadata.rule, outcome.metadata.assignment],
  );
  const exposures = [...new Set(handedBack.flat())].map(
    ({ id: _id, ts: _ts, evaluated_at: _at, ruleset: _version, ...lasting }) => lasting,
  );
  const meaning = new TextEncoder().encode(JSON.stringify([version, outcomes, exposures]));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", meaning));
  return `W/"${Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
}

/** If-None-Match compares weakly: RFC 9110 §13.1.2. */
function matches(ifNoneMatch: string, etag: string): boolean {
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag));
}
