/** How often one client may ask. */
import type { RateLimiter } from "./bindings.js";

/** Says after how many seconds the client may come back; 0: it is welcome now. */
export interface Limit {
  check(client: string, now: number): number | Promise<number>;
}

/** Nobody is turned away. */
export const UNLIMITED: Limit = { check: () => 0 };

/** Cloudflare counts over 10 or 60 seconds, and does not say when the count begins again. */
const BINDING_RETRY_SECONDS = 10;

/** Asks the host's own counter, which all isolates of a location share. */
export function limitBy(limiter: RateLimiter): Limit {
  return {
    check: async (key) => ((await limiter.limit({ key })).success ? 0 : BINDING_RETRY_SECONDS),
  };
}

interface Bucket {
  tokens: number;
  readAt: number;
}

/** This many clients are remembered; one that was forgotten begins with a full bucket. */
const CLIENTS = 10_000;

const MINUTE_MS = 60_000;

/**
 * A token bucket for each client in this isolate: `perMinute` requests at once, and as many again over a minute. Each
 * isolate counts for itself, so that the limit holds against a flood, not to the request.
 */
export class TokenBuckets implements Limit {
  readonly #buckets = new Map<string, Bucket>();

  constructor(private readonly perMinute: number) {}

  check(client: string, now: number): number {
    const bucket = this.#buckets.get(client) ?? { tokens: this.perMinute, readAt: now };
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    if (this.#buckets.size > CLIENTS) this.#forgetOldest();

    const gained = (Math.max(0, now - bucket.readAt) / MINUTE_MS) * this.perMinute;
    bucket.tokens = Math.min(this.perMinute, bucket.tokens + gained);
    bucket.readAt = now;
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / this.perMinute) * (MINUTE_MS / 1000));
    bucket.tokens -= 1;
    return 0;
  }

  #forgetOldest(): void {
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
