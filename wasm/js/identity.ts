/**
 * What counts as a unit id and what as an attribute's value, the same here as where exposures are replayed from JSON.
 */
import type { ReplayValue } from "./events.js";

/** The longest unit id, in bytes of UTF-8. */
export const UNIT_ID_BYTES = 1024;

/** With the flag `u` a pair is one character, so this finds halves without their other half. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether the string can be written as UTF-8 without loss. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/**
 * A unit id as text: strings as they are, safe integers in decimal.
 *
 * undefined: there is none. null: what is given is no id. The length is not checked here.
 */
export function unitIdText(value: unknown): string | null | undefined {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : null;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? String(value) : null;
  return null;
}

const utf8 = new TextEncoder();

/** The id, where the value is a valid one. */
export function validUnitId(value: unknown): string | undefined {
  const text = unitIdText(value);
  if (!text || text.length > UNIT_ID_BYTES || !isWellFormed(text)) return undefined;
  return utf8.encode(text).length <= UNIT_ID_BYTES ? text : undefined;
}

/** Whether the value is a list that conditions look into: of strings and nothing else. */
export function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string" && isWellFormed(item));
}

/** An attribute as an exposure carries it. */
export function replayValue(value: unknown): ReplayValue {
  switch (typeof value) {
    case "undefined":
      return null;
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : {};
    case "string":
      return isWellFormed(value) ? value : {};
    default:
      return value === null ? null : ALL_RULES && isList(value) ? value : {};
  }
}

/** The value at a path of own properties through objects; undefined: there is none. */
export function lookUp(values: object, path: readonly string[], isPlain = false): unknown {
  let value = own(values, path[0]!, isPlain);
  for (let depth = 1; depth < path.length; depth++) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = own(value, path[depth]!);
  }
  return value;
}

/**
 * An own property; undefined: there is none.
 *
 * What plain objects inherit are functions and objects, so that anything else is their own: asking for that as well
 * would take as long again.
 */
export function own(values: object, name: string, isPlain = false): unknown {
  if (isPlain) {
    const value = (values as Record<string, unknown>)[name];
    if (typeof value !== "function" && typeof value !== "object") return value;
  }
  return Object.hasOwn(values, name) ? (values as Record<string, unknown>)[name] : undefined;
}

/** Whether it inherits nothing but what every object does. */
export function isPlainObject(values: object): boolean {
  return Object.getPrototypeOf(values) === Object.prototype;
}
