/**
 * The ruleset, as its source publishes it. One request at a time asks for it, with the ETag of the one at hand; a
 * ruleset that cannot be fetched or opened never replaces one that could.
 */
import { backoffMs } from "edgewise/delivery";
import type { Backoff } from "edgewise/delivery";
import type { ExecutionContext } from "./execution.js";
import type { Download, Source } from "./sources.js";
import { FETCH_TIMEOUT_MS } from "./sources.js";

/** What there is to answer with, and what went wrong last, if anything did: in words that a client may see. */
export interface Current<R> {
  readonly held: R | undefined;
  readonly problem: string | undefined;
}

interface Held<R> {
  readonly ruleset: R;
  readonly etag: string | null;
}

/** A refresh that has not come back by now belonged to a request that the runtime has cancelled. */
const LOST_AFTER_MS = 2 * FETCH_TIMEOUT_MS;

/** Whoever asks for a fresh ruleset gets one that is no older than this. */
const SOONEST_MS = 1_000;

const RETRY: Backoff = { baseMs: 1_000, capMs: 30_000 };

/** Keeps the newest good ruleset; `R` is what `open` makes of its bytes. */
export class RulesetSource<R> {
  #held: Held<R> | undefined;
  #bundled: Uint8Array<ArrayBuffer> | undefined;
  #problem: string | undefined;
  #dueAt = 0;
  #askedAt = 0;
  #failures = 0;
  #refresh: { readonly startedAt: number; readonly done: Promise<void> } | undefined;

  /**
   * `open` throws where the bytes are no good; `close` gives back what a replaced ruleset holds. `bundled` is what to
   * begin with, where something was deployed with the worker.
   */
  constructor(
    private readonly source: Source,
    private readonly refreshMs: number,
    private readonly open: (bytes: Uint8Array<ArrayBuffer>) => Promise<R>,
    private readonly close: (ruleset: R) => void,
    bundled: Uint8Array<ArrayBuffer> | undefined,
  ) {
    this.#bundled = bundled;
  }

  /** The ruleset at hand, good until the next task begins. */
  get held(): R | undefined {
    return this.#held?.ruleset;
  }

  /**
   * The ruleset to answer with. One that is due for a refresh is still the answer, and is refreshed behind it; only
   * where there is none at all does the request wait, for `patienceMs` at most.
   */
  async current(now: number, context: ExecutionContext, patienceMs = FETCH_TIMEOUT_MS): Promise<Current<R>> {
    if (now >= this.#dueAt) {
      const refresh = this.#refreshOnce(now);
      context.waitUntil(refresh);
      if (!this.#held) await atMost(patienceMs, refresh);
    }
    return { held: this.#held?.ruleset, problem: this.#problem };
  }

  /** The same, but a refresh that is due is waited for: for who can wait, and wants to know. */
  async upToDate(now: number, context: ExecutionContext): Promise<Current<R>> {
    return now >= this.#dueAt ? this.refreshed(now, context) : this.current(now, context);
  }

  /** Asks for the ruleset at once, at most once a second, and waits for the answer. */
  async refreshed(now: number, context: ExecutionContext): Promise<Current<R>> {
    if (now - this.#askedAt >= SOONEST_MS) this.#dueAt = Math.min(this.#dueAt, now);
    if (now >= this.#dueAt) {
      const refresh = this.#refreshOnce(now);
      context.waitUntil(refresh);
      await atMost(FETCH_TIMEOUT_MS, refresh);
    }
    return { held: this.#held?.ruleset, problem: this.#problem };
  }

  /** Starts a refresh, or joins the one under way. */
  #refreshOnce(now: number): Promise<void> {
    if (this.#refresh && now - this.#refresh.startedAt < LOST_AFTER_MS) return this.#refresh.done;
    this.#askedAt = now;
    const done = this.#fetch().finally(() => {
      if (this.#refresh?.done === done) this.#refresh = undefined;
    });
    this.#refresh = { startedAt: now, done };
    return done;
  }

  async #fetch(): Promise<void> {
    try {
      const wasBundled = this.#bundled !== undefined;
      const fresh = await this.#next();
      if (fresh) this.#replace({ ruleset: await this.open(fresh.bytes), etag: fresh.etag });
      this.#problem = undefined;
      this.#failures = 0;
      this.#dueAt = wasBundled ? 0 : Date.now() + this.refreshMs;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      this.#dueAt = Date.now() + backoffMs(this.#failures++, RETRY, Math.random());
      const consequence = this.#held ? "the last good ruleset stays" : "there is no ruleset to answer with";
      console.warn(`no new ruleset, ${consequence}: ${this.#problem}`);
    }
  }

  /** What was deployed with the worker comes first, so that nobody waits; after that, what the source has. */
  #next(): Promise<Download | undefined> {
    const bytes = this.#bundled;
    this.#bundled = undefined;
    return bytes ? Promise.resolve({ bytes, etag: null }) : this.source(this.#held?.etag);
  }

  /** Requests that were just handed the old ruleset evaluate by it before the next task begins, and it is closed then. */
  #replace(fresh: Held<R>): void {
    const replaced = this.#held;
    this.#held = fresh;
    if (replaced) setTimeout(() => this.close(replaced.ruleset));
  }
}

/** Waits for `work`, but no longer than `ms`: work that began in another request may be cancelled with it. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
