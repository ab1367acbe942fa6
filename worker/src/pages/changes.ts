/**
 * What a flag's value says about pages: `docs/pages.md` has the form. Read once a ruleset into checked changes; a value
 * that does not fit changes nothing, and the log says why.
 */
import { isObject } from "../json.js";

/** What happens to each element that the selector finds. */
export type Change =
  | { readonly select: string; readonly kind: "text"; readonly text: string }
  | { readonly select: string; readonly kind: "attribute"; readonly name: string; readonly value: string | null }
  | { readonly select: string; readonly kind: "element"; readonly place: Place; readonly html: string };

/** Where HTML goes, seen from the element; `remove` takes the element away. */
const PLACES = ["before", "after", "prepend", "append", "replace", "inside", "remove"] as const;
export type Place = (typeof PLACES)[number];

/** The pages of one flag's value, and what becomes of them. */
export interface PageChanges {
  /** Paths; `*` stands for any characters. */
  readonly paths: readonly string[];
  readonly changes: readonly Change[];
  /** Where visitors are sent in the page's place. */
  readonly redirect: string | undefined;
  /** Headers of the response; null takes one away. */
  readonly headers: Readonly<Record<string, string | null>>;
}

/** Of these a page would break, or somebody else's cookie. */
const RESERVED_HEADERS = /^(set-cookie|content-(length|encoding|type)|transfer-encoding|connection|etag|vary)$/i;

/** Reads a flag's value; a text says what is wrong with it. */
export function readChanges(value: unknown): PageChanges | string {
  if (!isObject(value)) return "a page's value must be an object";
  const { paths = [], changes = [], redirect, headers = {} } = value;
  if (!isTexts(paths) || !paths.every((path) => path.startsWith("/"))) {
    return '`paths` must be a list of paths that begin with "/", like ["/products/*"]';
  }
  if (redirect !== undefined && !(typeof redirect === "string" && /^(\/(?!\/)|https?:\/\/)/.test(redirect))) {
    return '`redirect` must be a path that begins with "/", or an http or https URL';
  }
  if (!isObject(headers) || !Object.entries(headers).every(isHeader)) {
    return "`headers` must name headers with texts or null; those that frame the body and set cookies are not for changing";
  }
  if (!Array.isArray(changes)) return "`changes` must be a list";
  const read = changes.map(readChange);
  const wrong = read.findIndex((change) => change === undefined);
  if (wrong >= 0) {
    const allowed = "`select` with `text`, with `attribute` and `value`, with `html` and `place`, or with `remove: true`";
    return `change ${wrong} must have ${allowed}`;
  }
  return {
    paths,
    changes: read.filter((change) => change !== undefined),
    redirect,
    headers: headers as Record<string, string | null>,
  };
}

function readChange(change: unknown): Change | undefined {
  if (!isObject(change) || typeof change.select !== "string" || change.select === "") return undefined;
  const { select, text, attribute, value, html, place = "inside", remove } = change;
  if (typeof text === "string") return { select, kind: "text", text };
  if (typeof attribute === "string" && /^[^\s"'<>/=]+$/.test(attribute)) {
    if (typeof value !== "string" && value !== null) return undefined;
    return { select, kind: "attribute", name: attribute, value };
  }
  if (remove === true) return { select, kind: "element", place: "remove", html: "" };
  if (typeof html !== "string" || !PLACES.includes(place as Place) || place === "remove") return undefined;
  return { select, kind: "element", place: place as Place, html };
}

function isHeader([name, value]: [string, unknown]): boolean {
  return /^[\w-]+$/.test(name) && !RESERVED_HEADERS.test(name) && (value === null || isHeaderText(value));
}

function isHeaderText(value: unknown): boolean {
  return typeof value === "string" && /^[\t\x20-\x7e]*$/.test(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
