/**
 * How forced variants get into a browser, and are chosen there: a link becomes two cookies. The worker goes by the signed
 * one, which no script reads. The other one only shows what it says, so that scripts of the page force the same; nobody
 * signs it, and the worker never looks at it.
 */
import { failure, json } from "./answer.js";
import type { Call } from "./call.js";
import { cookieOf, setCookie, showCookie } from "./cookies.js";
import type { Forced } from "./forced.js";
import { FORCE, readForced, signForced } from "./forced.js";
import { isObject } from "./json.js";

/** Where the holder of a link that allows it chooses. */
export const FORCED = "/v1/forced";

/** What scripts may read: `{"forced": {…}}`, with `"choose"`, a path, where the holder may choose. */
const SHOWN = "edgewise_forced";

/** This value of the parameter takes the cookies back. */
const OFF = "off";

/** Browsers take 4,096 bytes a cookie, the name and the attributes among them. */
const MOST_CHARACTERS = 3_800;

/** The cookies that a page answers a link with; undefined where the address has no link that holds. */
export async function cookiesOfLink({ url, isolate }: Call, now: number): Promise<readonly string[] | undefined> {
  const text = url.searchParams.get(FORCE);
  const { signingSecret, prefix } = isolate.settings;
  if (text === null || signingSecret === undefined) return undefined;
  if (text === OFF) return [setCookie(FORCE, "", 0, url), showCookie(SHOWN, "", 0, url)];
  const forced = await readForced(text, signingSecret, now);
  return forced && cookiesFor(forced, text, prefix, url, now);
}

/** `{"experiment": "…", "variant": "…"}` from the panel, null for the variant as drawn: further cookies, of the same time. */
export async function answerChoice({ request, url, isolate }: Call): Promise<Response> {
  const { signingSecret, prefix } = isolate.settings;
  const now = Date.now();
  // Not another site's pages, nor a sister's, in the name of who holds the cookie.
  if (request.headers.get("origin") !== url.origin) {
    return failure(403, "forbidden", `variants are chosen by pages of ${url.origin} alone`);
  }
  const held = await readForced(cookieOf(request, FORCE), signingSecret, now);
  if (signingSecret === undefined || !held?.mayChoose) {
    return failure(403, "forbidden", "variants are chosen by who came by a link that allows it; `force.mjs --panel` makes one");
  }
  const choice = readChoice(await request.text());
  if (!choice) {
    return failure(400, "malformed", 'the body must be JSON like {"experiment": "…", "variant": "…"}, or with null for the drawn one');
  }
  const { [choice.experiment]: _before, ...others } = held.variants;
  const variants = choice.variant === null ? others : { ...others, [choice.experiment]: choice.variant };
  const text = await signForced({ ...held, variants }, signingSecret);
  const cookies = cookiesFor({ ...held, variants }, text, prefix, url, now);
  if (cookies.some((cookie) => cookie.length > MOST_CHARACTERS)) {
    return failure(413, "too_large", "a cookie holds no more forced variants; take others back first");
  }
  const answer = json(200, { forced: variants });
  for (const cookie of cookies) answer.headers.append("set-cookie", cookie);
  return answer;
}

function cookiesFor(forced: Forced, text: string, prefix: string, url: URL, now: number): readonly string[] {
  const seconds = (forced.until - now) / 1000;
  const shown = { forced: forced.variants, ...(forced.mayChoose && { choose: `${prefix}${FORCED}` }) };
  return [setCookie(FORCE, text, seconds, url), showCookie(SHOWN, encodeURIComponent(JSON.stringify(shown)), seconds, url)];
}

function readChoice(body: string): { readonly experiment: string; readonly variant: string | null } | undefined {
  try {
    const choice: unknown = JSON.parse(body);
    if (!isObject(choice) || typeof choice.experiment !== "string") return undefined;
    const { experiment, variant } = choice;
    return typeof variant === "string" || variant === null ? { experiment, variant } : undefined;
  } catch {
    return undefined;
  }
}
