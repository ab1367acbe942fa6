/** One attempt to hand a batch to a collector: `POST /v1/events`. */

export type Outcome =
  /** The other side answers for the events from now on, but for the rejected ones. */
  | { readonly kind: "acknowledged"; readonly rejected: number }
  /** It will never take them. */
  | { readonly kind: "refused"; readonly problem: string }
  | { readonly kind: "later"; readonly problem: string; readonly retryAfterMs: number };

/** A request's body: `events` are JSON texts with commas between, `sentAt` is what the clock shows that wrote their times. */
export function bodyOf(id: string, events: string, sentAt: number): string {
  return `{"batch_id":"${id}","sent_at":"${new Date(sentAt).toISOString()}","events":[${events}]}`;
}

/**
 * Sends the body to the collector. Never throws. 408, 429, 5xx, a lost connection and an answer that is no collector's are
 * worth another attempt; no other refusal gets better by repeating it.
 */
export async function deliver(url: string, body: string, init: RequestInit): Promise<Outcome> {
  try {
    const response = await fetch(url, { method: "POST", body, ...init });
    const { ok, status, headers } = response;
    const text = await response.text();
    if (ok) return receiptOf(text);
    const problem = `status ${status}`;
    if (status !== 408 && status !== 429 && status < 500) return { kind: "refused", problem };
    return { kind: "later", problem, retryAfterMs: retryAfterMs(headers.get("retry-after"), Date.now()) };
  } catch (error) {
    return afterError(error);
  }
}

/** What was thrown on the way is worth another attempt. */
export function afterError(error: unknown): Outcome {
  return { kind: "later", problem: error instanceof Error ? error.message : String(error), retryAfterMs: 0 };
}

/** Only a receipt is an acknowledgement: what answers everything with 200, as a hotel's network does, is no collector. */
function receiptOf(text: string): Outcome {
  const { rejected } = JSON.parse(text) as { rejected?: unknown };
  if (!Array.isArray(rejected)) throw new Error("an answer without a receipt: is it a collector?");
  return { kind: "acknowledged", rejected: rejected.length };
}

/** Seconds, or an HTTP date, as RFC 9110 §10.2.3 has it; 0 where there is none to read. */
function retryAfterMs(header: string | null, now: number): number {
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header!) - now : seconds * 1000;
  return Math.max(0, ms) || 0;
}
