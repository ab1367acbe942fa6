/**
 * Variants that somebody with the right to do so wants to see, for a while: a signed text in the URL, a header or a
 * cookie. Forced variants expose nobody.
 *
 * The text is `<payload>.<signature>`: the payload is JSON like `{"forced":{"checkout":"treatment"},"until":1795000000}`
 * (seconds since the Unix epoch; `"panel":true` beside it where its holder may choose others) in base64url, the signature
 * HMAC-SHA-256 of `edgewise force <payload>`, in base64url.
 */
import { cookieOf } from "./cookies.js";
import { isObject } from "./json.js";
import { fromLetters, isSigned, sign, toLetters } from "./secrets.js";

/** The name of the URL's parameter, and of the cookie that it becomes on pages. */
export const FORCE = "edgewise_force";

/** The header of clients that send no cookies. */
const FORCE_HEADER = "x-edgewise-force";

/** Experiment to variant, until a time in milliseconds. */
export interface Forced {
  readonly variants: Readonly<Record<string, string>>;
  readonly until: number;
  /** Whether its holder may choose others, as the panel in the page does. */
  readonly mayChoose: boolean;
}

/** What the request forces: by its URL, or else by its header, or else by its cookie; undefined where nothing holds. */
export async function forcedIn(request: Request, url: URL, secret: string | undefined, now: number): Promise<Forced | undefined> {
  const text = url.searchParams.get(FORCE) ?? request.headers.get(FORCE_HEADER) ?? cookieOf(request, FORCE);
  return readForced(text, secret, now);
}

/** What the text says, where it was signed with the secret and its time is not up. */
export async function readForced(text: string | undefined, secret: string | undefined, now: number): Promise<Forced | undefined> {
  const [payload, signature, ...rest] = text?.split(".") ?? [];
  if (secret === undefined || !payload || !signature || rest.length > 0) return undefined;
  if (!(await isSigned(subject(payload), signature, secret))) return undefined;
  const { forced, until, panel } = JSON.parse(new TextDecoder().decode(fromLetters(payload))) as Record<string, unknown>;
  if (!isObject(forced) || typeof until !== "number" || until * 1000 <= now) return undefined;
  const variants = Object.entries(forced).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return { variants: Object.fromEntries(variants), until: until * 1000, mayChoose: panel === true };
}

/** The text that {@link readForced} reads. */
export async function signForced({ variants, until, mayChoose }: Forced, secret: string): Promise<string> {
  const said = { forced: variants, until: until / 1000, ...(mayChoose && { panel: true }) };
  const payload = toLetters(new TextEncoder().encode(JSON.stringify(said)));
  return `${payload}.${await sign(subject(payload), secret)}`;
}

const subject = (payload: string): string => `edgewise force ${payload}`;
