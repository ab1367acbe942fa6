/** The worker's environment variables, checked once. */
import type { KeyValueStore, ObjectNamespace, Queue, RateLimiter } from "./bindings.js";
import type { Consent } from "./pages/identity.js";

/** The variables and bindings as the runtime hands them in. */
export interface Environment {
  /**
   * Base URL of the control server; the ruleset is read from `/v1/ruleset` below it. Required, unless `RULESETS` is
   * bound or a ruleset is deployed with the worker.
   */
  readonly CONTROL_URL?: string;
  /** Base URL of the collector; events go to `/v1/events` below it. Required. */
  readonly COLLECTOR_URL?: string;
  /** Events go into this queue first, and out of it to the collector. Default: to the collector. */
  readonly EVENT_QUEUE?: Queue;
  /** Or into Durable Objects of the class `EventOutbox`. */
  readonly OUTBOX?: ObjectNamespace;
  /** A binding that holds the ruleset's bytes; it comes before the control server. */
  readonly RULESETS?: KeyValueStore;
  /** The key of the ruleset in `RULESETS`. Default: `ruleset`. */
  readonly RULESET_KEY?: string;
  /** The Ed25519 key, in base64, that rulesets must be signed with. Default: they need no signature. */
  readonly RULESET_PUBLIC_KEY?: string;
  /** After how many seconds the ruleset is asked for again: 1 to 86,400, default 30. */
  readonly RULESET_REFRESH_SECONDS?: string;
  /** The unit type that OpenFeature's targeting key is the id of. Default: the ruleset's first. */
  readonly TARGETING_UNIT?: string;
  /** A secret: who may evaluate, keys of 16 characters and more with commas between. Default: everybody. */
  readonly READ_KEYS?: string;
  /** A secret: who may have answers explained, like `READ_KEYS`. Default: nobody. */
  readonly EXPLAIN_KEYS?: string;
  /** A secret of 16 characters and more: signs links to forced variants. Default: there are none. */
  readonly SIGNING_SECRET?: string;
  /** `on`: what units were given before is kept in a signed cookie of the visitor's. */
  readonly STICKY_COOKIE?: string;
  /** Or in this store. */
  readonly STICKY_KV?: KeyValueStore;
  /** Or in Durable Objects of the class `StickyRecords`. */
  readonly STICKY_OBJECTS?: ObjectNamespace;
  /** Durable Objects of the class `Turns`: they number the calls of experiments whose variants take turns. */
  readonly TURNS?: ObjectNamespace;
  /** The site whose pages the worker hands on, changed where an experiment says so. Default: it serves no pages. */
  readonly ORIGIN_URL?: string;
  /** Below this path the worker's own endpoints are. Default: `/_edgewise` where it serves pages, else the top. */
  readonly API_PREFIX?: string;
  /** The unit type of the anonymous id that pages set. Default: `device`, or the ruleset's first where it has none. */
  readonly ANONYMOUS_UNIT?: string;
  /** `name` or `name=value` of the cookie that says yes to an id. Default: it is not asked for. */
  readonly CONSENT_COOKIE?: string;
  /** After how many days an anonymous id gives way to another: 1 to 400, default 180. */
  readonly ID_DAYS?: string;
  /** How many requests one client may send a minute and isolate. Default: as many as it likes. */
  readonly RATE_LIMIT_PER_MINUTE?: string;
  /** A binding that counts instead, over all isolates of a location. */
  readonly RATE_LIMITER?: RateLimiter;
}

/** The same, checked. */
export interface Settings {
  /** Undefined where the ruleset comes from elsewhere. */
  readonly rulesetUrl: string | undefined;
  readonly rulesetKey: string;
  readonly publicKey: string | undefined;
  readonly eventsUrl: string;
  readonly refreshMs: number;
  readonly targetingUnit: string | undefined;
  readonly readKeys: readonly string[];
  readonly explainKeys: readonly string[];
  readonly signingSecret: string | undefined;
  readonly hasStickyCookie: boolean;
  /** Undefined where the worker serves no pages. */
  readonly origin: URL | undefined;
  /** Begins with a slash, or is empty. */
  readonly prefix: string;
  readonly anonymousUnit: string | undefined;
  readonly consent: Consent;
  readonly requestsPerMinute: number | undefined;
}

/** A variable is missing or wrong; the message names it and says what it may be. */
export class SettingsError extends Error {}

const DEFAULT_REFRESH_SECONDS = 30;
const MAX_REFRESH_SECONDS = 86_400;
const DEFAULT_ID_DAYS = 180;

/** No browser keeps a cookie for longer (RFC 6265bis §5.5). */
const MAX_ID_DAYS = 400;
const MAX_REQUESTS_PER_MINUTE = 1_000_000;

/** Shorter keys can be tried out. */
const KEY_CHARACTERS = 16;

/** Checks the variables; `isBundled` says whether a ruleset was deployed with the worker. Throws {@link SettingsError}. */
export function readSettings(environment: Environment, isBundled: boolean): Settings {
  const isElsewhere = isBundled || environment.RULESETS !== undefined;
  return {
    rulesetUrl: environment.CONTROL_URL || !isElsewhere ? below("CONTROL_URL", environment.CONTROL_URL, "v1/ruleset") : undefined,
    rulesetKey: environment.RULESET_KEY || "ruleset",
    publicKey: publicKey(environment.RULESET_PUBLIC_KEY),
    eventsUrl: below("COLLECTOR_URL", environment.COLLECTOR_URL, "v1/events"),
    refreshMs: number("RULESET_REFRESH_SECONDS", environment, 1, MAX_REFRESH_SECONDS, DEFAULT_REFRESH_SECONDS) * 1000,
    targetingUnit: environment.TARGETING_UNIT || undefined,
    readKeys: keys("READ_KEYS", environment.READ_KEYS),
    explainKeys: keys("EXPLAIN_KEYS", environment.EXPLAIN_KEYS),
    hasStickyCookie: isOn("STICKY_COOKIE", environment.STICKY_COOKIE),
    signingSecret: keys("SIGNING_SECRET", environment.SIGNING_SECRET)[0],
    origin: environment.ORIGIN_URL ? new URL(below("ORIGIN_URL", environment.ORIGIN_URL, "")) : undefined,
    prefix: prefix(environment.API_PREFIX ?? (environment.ORIGIN_URL ? "/_edgewise" : "")),
    anonymousUnit: environment.ANONYMOUS_UNIT || undefined,
    consent: {
      cookie: environment.CONSENT_COOKIE || undefined,
      days: number("ID_DAYS", environment, 1, MAX_ID_DAYS, DEFAULT_ID_DAYS),
    },
    requestsPerMinute: number("RATE_LIMIT_PER_MINUTE", environment, 1, MAX_REQUESTS_PER_MINUTE, undefined),
  };
}

function below(name: string, base: string | undefined, path: string): string {
  if (!base) throw new SettingsError(`${name} is not set; give the base URL of a running \`edgewise serve\``);
  if (!URL.canParse(base)) throw new SettingsError(`${name} is ${JSON.stringify(base)}, which is not a URL`);
  return new URL(path, base.endsWith("/") ? base : `${base}/`).href;
}

function number<D extends number | undefined>(
  name: "RULESET_REFRESH_SECONDS" | "ID_DAYS" | "RATE_LIMIT_PER_MINUTE",
  environment: Environment,
  least: number,
  most: number,
  byDefault: D,
): number | D {
  const given = environment[name];
  if (!given) return byDefault;
  const value = Number(given);
  if (value >= least && value <= most) return value;
  throw new SettingsError(`${name} is ${JSON.stringify(given)}; give a number from ${least} to ${most}`);
}

function prefix(given: string): string {
  if (given === "" || /^(\/[\w.~-]+)+$/.test(given)) return given;
  throw new SettingsError(`API_PREFIX is ${JSON.stringify(given)}; give a path like "/_edgewise"`);
}

function isOn(name: string, given: string | undefined): boolean {
  if (!given || given === "off") return false;
  if (given === "on") return true;
  throw new SettingsError(`${name} is ${JSON.stringify(given)}; give "on" or "off"`);
}

function publicKey(given: string | undefined): string | undefined {
  if (!given) return undefined;
  if (/^[A-Za-z0-9+/]{43}=$/.test(given)) return given;
  throw new SettingsError("RULESET_PUBLIC_KEY must be 32 bytes in base64, as `edgewise keys public` prints them");
}

/** The message does not repeat them: it is for everybody to read. */
function keys(name: string, given: string | undefined): readonly string[] {
  const keys = (given ?? "").split(",").map((key) => key.trim());
  const named = keys.filter((key) => key !== "");
  if (named.every((key) => key.length >= KEY_CHARACTERS)) return named;
  throw new SettingsError(`${name} holds a key of fewer than ${KEY_CHARACTERS} characters; make one by \`openssl rand -hex 16\``);
}
