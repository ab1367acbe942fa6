/**
 * What a host may hand in beside variables, as far as the worker uses it. The shapes are Cloudflare's; any object of the
 * same shape will do, so that other hosts can bring their own.
 */

/** Counts requests by key, and says when there are too many: Cloudflare's rate limiting binding. */
export interface RateLimiter {
  limit(request: { readonly key: string }): Promise<{ readonly success: boolean }>;
}
