/** Whom a request asks for: unit ids and attributes by their names, out of OpenFeature's evaluation context. */
import type { Edgewise } from "edgewise";
import type { Failure } from "./flag.js";
import { isObject } from "./json.js";
import type { Settings } from "./settings.js";

export type Values = Readonly<Record<string, unknown>>;

/** The values of a request's body; the targeting key stands under the name of its unit type. */
export function readValues(body: string, unit: string): Values | Failure {
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
  const { targetingKey, ...values } = given;
  // An empty key is how some clients say that they have none.
  if (targetingKey !== undefined && targetingKey !== null && targetingKey !== "") values[unit] = targetingKey;
  return values;
}

/** The unit type that the targeting key is the id of. */
export function targetingUnit(ruleset: Edgewise, settings: Settings): string {
  return settings.targetingUnit ?? ruleset.unitTypes[0] ?? "";
}
