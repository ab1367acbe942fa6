/** The places that rulesets come from: the control server, or a store of keys and values that `edgewise` writes to. */
import type { KeyValueStore } from "./bindings.js";

/** A ruleset's bytes, and a text that changes with them. */
export interface Download {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly etag: string | null;
}

/** Gets the newest ruleset; undefined where it is still the one of `etag`. Throws where the place does not deliver. */
export type Source = (etag: string | null | undefined) => Promise<Download | undefined>;

/** How long a place may take. Also the longest that a first request waits. */
export const FETCH_TIMEOUT_MS = 5_000;

/** `GET /v1/ruleset` of a control server. */
export function fromControl(url: string): Source {
  return async (etag) => {
    const response = await fetch(url, {
      headers: etag ? { "if-none-match": etag } : {},
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    });
    if (etag && response.status === 304) return undefined;
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`the control server answered with status ${response.status}`);
    }
    return { bytes: new Uint8Array(await response.arrayBuffer()), etag: response.headers.get("etag") };
  };
}

/** The store keeps what it read near the reader for this long, and takes no shorter. */
const SHORTEST_CACHE_SECONDS = 30;

/** The value of a key; another isolate's read of the last seconds serves as well. */
export function fromStore(store: KeyValueStore, key: string, refreshMs: number): Source {
  const cacheTtl = Math.max(SHORTEST_CACHE_SECONDS, Math.floor(refreshMs / 1000));
  return async (etag) => {
    const value = await store.get(key, { type: "arrayBuffer", cacheTtl });
    if (!value) throw new Error(`RULESETS holds nothing at the key ${JSON.stringify(key)}`);
    const bytes = new Uint8Array(value);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const found = digest.join(".");
    return found === etag ? undefined : { bytes, etag: found };
  };
}
