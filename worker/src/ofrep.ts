/**
 * The OpenFeature Remote Evaluation Protocol (github.com/open-feature/protocol, service/openapi.yaml): one flag or all
 * of them for a context. Bodies, reasons and error codes are those that unmodified OpenFeature clients check.
 */
import type { Context, Edgewise, ExposureEvent } from "edgewise";
import { json } from "./answer.js";
import type { Evaluation, Failure, Success } from "./flag.js";
import { evaluateFlag, isFailure } from "./flag.js";
import type { Settings } from "./settings.js";

/** A single answer, and the exposures that giving it is. */
export interface SingleEvaluation {
  readonly response: Response;
  readonly exposures: readonly ExposureEvent[];
}

/** `POST /ofrep/v1/evaluate/flags/{key}`; `path` is the key as the URL has it. */
export function evaluateOne(
  ruleset: Edgewise,
  path: string,
  body: string,
  settings: Settings,
  now: number,
): SingleEvaluation {
  const key = decoded(path);
  const unit = targetingUnit(ruleset, settings);
  const context = readContext(ruleset, body, unit, now);
  if (isFailure(context)) return { response: json(400, { key, ...context }), exposures: [] };

  const flag = ruleset.flags.find(({ id }) => id === key);
  if (!flag) {
    const errorDetails = `the ruleset ${ruleset.digest} holds no flag ${JSON.stringify(key)}`;
    return { response: json(404, { key, errorCode: "FLAG_NOT_FOUND", errorDetails }), exposures: [] };
  }
  const { outcome, asked } = evaluateFlag(ruleset, flag, context, unit);
  return {
    response: json(isFailure(outcome) ? 400 : 200, outcome),
    exposures: new Exposures(context).of(asked),
  };
}

/**
 * `POST /ofrep/v1/evaluate/flags`. Nothing is used yet, so nothing is exposed: the metadata of each flag whose use
 * would be an exposure carries the events to send then. The ETag is that of the evaluated result, never of the ruleset
 * alone: clients send the tag of their last answer although their context has changed since.
 */
export async function evaluateAll(
  ruleset: Edgewise,
  body: string,
  known: string | null,
  eventsUrl: string,
  settings: Settings,
  now: number,
): Promise<Response> {
  const unit = targetingUnit(ruleset, settings);
  const context = readContext(ruleset, body, unit, now);
  if (isFailure(context)) return json(400, context);

  const evaluations = ruleset.flags.map((flag) => evaluateFlag(ruleset, flag, context, unit));
  const exposures = new Exposures(context);
  const handedBack = evaluations.map(({ asked }) => exposures.of(asked));
  const metadata = { version: ruleset.digest, eventsUrl };
  const etag = await etagOf(evaluations, handedBack.flat());
  if (known !== null && matches(known, etag)) return new Response(null, { status: 304, headers: { etag } });
  const flags = evaluations.map(({ outcome }, index) => handingBack(outcome, handedBack[index] ?? []));
  return json(200, { flags, metadata }, { etag });
}

/** No evaluation takes place, for a reason that is not the client's: it falls back to its code's defaults. */
export function unanswerable(status: 500 | 503, errorDetails: string, path?: string): Response {
  const failure: Failure = { errorCode: "GENERAL", errorDetails };
  const headers = status === 503 ? { "retry-after": "1" } : {};
  return json(status, path === undefined ? failure : { key: decoded(path), ...failure }, headers);
}

/** The unit type that the targeting key is the id of. */
function targetingUnit(ruleset: Edgewise, settings: Settings): string {
  return settings.targetingUnit ?? ruleset.unitTypes[0] ?? "";
}

/** The context of the request's body, with the targeting key under the name of its unit type. */
function readContext(ruleset: Edgewise, body: string, unit: string, now: number): Context | Failure {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    return { errorCode: "PARSE_ERROR", errorDetails: 'the body is not JSON; send {"context": {"targetingKey": "…"}}' };
  }
  const given = isObject(request) ? (request.context ?? {}) : undefined;
  if (!isObject(given)) {
    return { errorCode: "INVALID_CONTEXT", errorDetails: "`context` must be an object of attributes and unit ids" };
  }
  const { targetingKey, ...attributes } = given;
  // An empty key is how some clients say that they have none.
  if (targetingKey !== undefined && targetingKey !== null && targetingKey !== "") attributes[unit] = targetingKey;
  return ruleset.context(attributes, { now });
}

/** The exposures of one context, each made once: experiments may have their holdouts in common, and flags theirs. */
class Exposures {
  readonly #made = new Map<string, ExposureEvent>();

  constructor(private readonly context: Context) {}

  /** What the use of these experiments' answers exposes the unit to: experiments and holdouts. */
  of(experiments: readonly string[]): ExposureEvent[] {
    const all = experiments.flatMap((experiment) => this.context.exposures(experiment));
    return [...new Set(all.map((exposure) => this.#once(exposure)))];
  }

  #once(exposure: ExposureEvent): ExposureEvent {
    const key = JSON.stringify([exposure.kind, exposure.experiment, exposure.unit_type]);
    const made = this.#made.get(key) ?? exposure;
    this.#made.set(key, made);
    return made;
  }
}

/** Puts the exposures that using the flag will be into its metadata, which may hold nothing deeper than a string. */
function handingBack(outcome: Success | Failure, exposures: readonly ExposureEvent[]): Success | Failure {
  if (exposures.length === 0 || isFailure(outcome)) return outcome;
  return { ...outcome, metadata: { ...outcome.metadata, exposures: JSON.stringify(exposures) } };
}

/** A weak tag: two answers of one tag mean the same, but the exposures that they hand back differ in id and time. */
async function etagOf(evaluations: readonly Evaluation[], exposures: readonly ExposureEvent[]): Promise<string> {
  const lasting = exposures.map(({ id: _id, ts: _ts, evaluated_at: _at, ...rest }) => rest);
  const meaning = new TextEncoder().encode(JSON.stringify([evaluations, lasting]));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", meaning));
  return `W/"${Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
}

/** If-None-Match compares weakly: RFC 9110 §13.1.2. */
function matches(ifNoneMatch: string, etag: string): boolean {
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag));
}

/** A flag key out of the URL; one that is not percent-encoded properly stands for itself. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
