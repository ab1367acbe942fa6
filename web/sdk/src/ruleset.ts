/**
 * Getting the ruleset: from the network, or, where that is away or slow, the last good one out of the browser's Cache
 * Storage. The evaluator holds it against its digest. A small evaluator opens it; the whole one is fetched only for
 * rulesets that the small one refuses, and for forced variants.
 */
import { Edgewise } from "edgewise/lite";

const CACHE = "edgewise";

/** How long the network may take before the last good ruleset stands in. */
const PATIENCE_MS = 500;

export interface RulesetSource {
  readonly url: URL;
  readonly publicKey?: string | Uint8Array | undefined;
  /** Whether the whole evaluator is needed, whatever the ruleset. */
  readonly whole: boolean;
  /** Whether the browser may keep the ruleset. */
  readonly keep: boolean;
  /** Whether the server is asked although the browser's own cache says that there is no need yet. */
  readonly anew: boolean;
}

interface Evaluator {
  readonly ruleset: Edgewise;
  /** Whether the whole evaluator opened it, which alone forces variants. */
  readonly whole: boolean;
}

/** A ruleset to answer with; `newer` is one that the network still owes, where the cache stood in for it. */
export interface Opened extends Evaluator {
  readonly from: "network" | "cache";
  readonly newer?: Promise<Opened>;
}

/** Throws where there is none to be had, none that can be read, or no WebAssembly to read it with. */
export async function openRuleset(source: RulesetSource): Promise<Opened> {
  const fresh = fromNetwork(source);
  // Whoever waits for it hears of a failure; until then nobody does.
  fresh.catch(() => undefined);
  const kept = await fromCache(source);
  if (!kept) return fresh;
  const first = await Promise.race([fresh.catch(() => undefined), after(PATIENCE_MS)]);
  return first ?? { ...kept, from: "cache", newer: fresh };
}

async function fromNetwork(source: RulesetSource): Promise<Opened> {
  const { keep, url } = source;
  const bytes = await download(source);
  const opened = await open(bytes, source);
  if (keep) await withCache((cache) => cache.put(url, new Response(bytes)));
  return { ...opened, from: "network" };
}

async function fromCache(source: RulesetSource): Promise<Evaluator | undefined> {
  if (!source.keep) return undefined;
  try {
    const kept = await withCache((cache) => cache.match(source.url));
    return kept && (await open(await kept.arrayBuffer(), source));
  } catch {
    // Damaged, or of another version: the network's replaces it.
    return undefined;
  }
}

/** The browser's own cache keeps it as long as the server's `Cache-Control` says, and then asks by its ETag. */
async function download({ url, anew }: RulesetSource): Promise<ArrayBuffer> {
  const response = await fetch(url, { credentials: "omit", cache: anew ? "no-cache" : "default" });
  if (!response.ok) throw new Error(`no ruleset at ${url}: the server answered with status ${response.status}`);
  return response.arrayBuffer();
}

async function open(bytes: ArrayBuffer, { publicKey, whole }: RulesetSource): Promise<Evaluator> {
  const options = publicKey === undefined ? {} : { publicKey };
  if (!whole) {
    try {
      return { ruleset: await Edgewise.load(bytes, options), whole };
    } catch (error) {
      if ((error as { code?: unknown }).code !== "not_built_in") throw error;
    }
  }
  const all = await import("edgewise");
  return { ruleset: await all.Edgewise.load(bytes, options), whole: true };
}

/** Browsers offer Cache Storage to secure contexts alone, and block it together with cookies. */
async function withCache<T>(use: (cache: Cache) => Promise<T>): Promise<T | undefined> {
  try {
    return await use(await caches.open(CACHE));
  } catch {
    return undefined;
  }
}

/** Forgets the rulesets that were kept. */
export async function forgetRulesets(): Promise<void> {
  try {
    await caches.delete(CACHE);
  } catch {
    // There are none.
  }
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
