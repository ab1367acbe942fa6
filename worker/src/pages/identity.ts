/**
 * The anonymous visitor: an id in a first-party cookie, which the browser SDK reads and writes as well. Ids tell when
 * they were made, and rotate by that, however often visits prolong the cookie. Without consent there is no id, and
 * without an id nobody is drawn and nobody exposed.
 */
import { cookieOf, showCookie } from "../cookies.js";

const NAME = "edgewise_id";
const ID = /^[\w.:-]{1,128}$/;
const DAY_SECONDS = 86_400;

/** Whose id it is; undefined where there is none. `cookie` is to be set with the answer; the SDK reads it as well. */
export interface Visitor {
  readonly id: string | undefined;
  readonly cookie: string | undefined;
}

export interface Consent {
  /** `name` or `name=value` of a cookie that says yes; undefined: consent is not asked for. */
  readonly cookie: string | undefined;
  /** After how many days an id gives way to another. */
  readonly days: number;
}

/** The request's visitor; one who is new, or whose id is too old, gets `fresh`, a UUIDv7. */
export function visitorOf(request: Request, url: URL, consent: Consent, fresh: string, now: number): Visitor {
  const known = cookieOf(request, NAME);
  if (!hasConsent(request, consent.cookie)) {
    return { id: undefined, cookie: known === undefined ? undefined : showCookie(NAME, "", 0, url) };
  }
  const oldest = now - consent.days * DAY_SECONDS * 1000;
  if (known !== undefined && ID.test(known) && !(madeAt(known) < oldest)) return { id: known, cookie: undefined };
  return { id: fresh, cookie: showCookie(NAME, fresh, consent.days * DAY_SECONDS, url) };
}

/** What the visitor said counts; where they are not asked, what their browser says: Global Privacy Control, Do Not Track. */
function hasConsent(request: Request, cookie: string | undefined): boolean {
  if (cookie === undefined) return request.headers.get("sec-gpc") !== "1" && request.headers.get("dnt") !== "1";
  const [name = "", ...value] = cookie.split("=");
  const given = cookieOf(request, name);
  return given !== undefined && (value.length === 0 || given === value.join("="));
}

/** The time in a UUIDv7 (RFC 9562 §5.7), in milliseconds; NaN where the id is none. */
function madeAt(id: string): number {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7/i.test(id) ? parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : NaN;
}
