/**
 * Variants that somebody with the right to do so wants to see, for a while: a signed text in the URL, a header or a
 * cookie. Forced variants expose nobody.
 *
 * The text is `<payload>.<signature>`: the payload is JSON like `{"forced":{"checkout":"treatment"},"until":1795000000}`
 * (seconds since the Unix epoch) in base64url, the signature HMAC-SHA-256 of `edgewise force <payload>`, in base64url.
 */
import { cookieOf, setCookie } from "./cookies.js";
import { isObject } from "./json.js";
import { isSigned } from "./secrets.js";

/** The name of the URL's parameter, and of the cookie that it becomes on pages. */
export const FORCE = "edgewise_force";

/** The header of clients that send no cookies. */
const FORCE_HEADER = "x-edgewise-force";

/** This value of the parameter takes the cookie back. */
const OFF = "off";

/** Experiment to variant, until a time in milliseconds. */
export interface Forced {
  readonly variants: Readonly<Record<string, string>>;
  readonly until: number;
}

/** What the request forces: by its URL, or else by its header, or else by its cookie; undefined where nothing holds. */
export async function forcedIn(request: Request, url: URL, secret: string | undefined, now: number): Promise<Forced | undefined> {
  if (secret === undefined) return undefined;
  const token = url.searchParams.get(FORCE) ?? request.headers.get(FORCE_HEADER) ?? cookieOf(request, FORCE);
  return token === undefined ? undefined : read(token, secret, now);
}

/** The cookie that a page answers a link with: the link's text while it holds, nothing where it says `off`. */
export async function forceCookie(url: URL, secret: string | undefined, now: number): Promise<string | undefined> {
  const token = url.searchParams.get(FORCE);
  if (token === null || secret === undefined) return undefined;
  if (token === OFF) return setCookie(FORCE, "", 0, url);
  const forced = await read(token, secret, now);
  return forced && setCookie(FORCE, token, (forced.until - now) / 1000, url);
}

/** What the text says, where it was signed with the secret and its time is not up. */
async function read(token: string, secret: string, now: number): Promise<Forced | undefined> {
  const [payload, signature, ...rest] = token.split(".");
  if (!payload || !signature || rest.length > 0) return undefined;
  if (!(await isSigned(`edgewise force ${payload}`, signature, secret))) return undefined;
  const { forced, until } = JSON.parse(text(payload)) as { forced?: unknown; until?: unknown };
  if (!isObject(forced) || typeof until !== "number" || until * 1000 <= now) return undefined;
  const variants = Object.entries(forced).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return { variants: Object.fromEntries(variants), until: until * 1000 };
}

function text(base64url: string): string {
  const bytes = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)));
}
