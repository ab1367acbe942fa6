/**
 * The anonymous id of this browser on this site, for experiments that draw before anybody signs in. It is kept in a
 * first-party cookie, so that the site's servers and the edge worker draw with the same id, and in localStorage beside
 * it, because either may be blocked or cleared. What cannot be kept is not made: an id of one page would give a visitor
 * another variant on the next one.
 */
import { uuidv7 } from "edgewise/lite";
import { readCookie } from "./cookies.js";
import type { Storage } from "./storage.js";

/** Where the id is kept. */
export interface AnonymousOptions {
  /** The unit type that it is an id of. Default: `device`. */
  readonly unit?: string;
  /** The cookie's name. Default: `edgewise_id`. */
  readonly cookie?: string;
  /** The cookie's domain, so that subdomains share the id. Default: this host alone. */
  readonly domain?: string;
}

/** Half a year, and anew with each page: what browsers allow differs, and none allows more than 400 days. */
const COOKIE_SECONDS = 180 * 86_400;
const KEY = "id";

/** What may stand in a cookie as it is, and is no longer than an id may be. */
const PLAIN = /^[\w.:-]{1,128}$/;

export class Identity {
  readonly unit: string;
  readonly #cookie: string;
  readonly #domain: string;

  constructor(
    private readonly storage: Storage,
    { unit = "device", cookie = "edgewise_id", domain }: AnonymousOptions,
  ) {
    this.unit = unit;
    this.#cookie = cookie;
    this.#domain = domain === undefined ? "" : `;domain=${domain}`;
  }

  /** The id, made now if there is none; undefined where nothing can be kept. Ask only with consent. */
  id(): string | undefined {
    const known = this.#kept();
    const id = known ?? uuidv7();
    this.#write(id, COOKIE_SECONDS);
    this.storage.set(KEY, id);
    return known ?? this.#kept();
  }

  forget(): void {
    this.#write("", 0);
    this.storage.remove(KEY);
  }

  #kept(): string | undefined {
    return [readCookie(this.#cookie), this.storage.get(KEY)].find((id) => id !== undefined && PLAIN.test(id));
  }

  #write(id: string, seconds: number): void {
    const secure = location.protocol === "https:" ? ";secure" : "";
    try {
      document.cookie = `${this.#cookie}=${id};path=/;max-age=${seconds};samesite=lax${secure}${this.#domain}`;
    } catch {
      // A sandboxed frame has none.
    }
  }
}
