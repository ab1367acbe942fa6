/** The collector itself, over HTTP. */
import type { Outcome, Parcel, Sink } from "./parcel.js";
import { afterError } from "./parcel.js";

const SEND_TIMEOUT_MS = 10_000;

/** `POST /v1/events` of a collector. */
export class Collector implements Sink {
  /** The collector's group commit makes larger batches pointless. */
  readonly mostBytes = 512 * 1024;

  constructor(private readonly url: string) {}

  /** `sent_at` is what the events' own clock shows now, so that the collector can correct for it. */
  async send({ id, events, clockErrorMs }: Parcel): Promise<Outcome> {
    const sentAt = new Date(Date.now() - clockErrorMs).toISOString();
    try {
      const response = await fetch(this.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: `{"batch_id":"${id}","sent_at":"${sentAt}","events":[${events}]}`,
        signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
      });
      return await outcomeOf(response);
    } catch (error) {
      return afterError(error);
    }
  }
}

/** 408, 429 and 5xx are worth another attempt; no other refusal gets better by repeating it. */
async function outcomeOf(response: Response): Promise<Outcome> {
  const { status } = response;
  const text = await response.text();
  if (response.ok) return receiptOf(text);
  if (status === 408 || status === 429 || status >= 500) {
    return {
      kind: "later",
      problem: `status ${status}`,
      retryAfterMs: retryAfterMs(response.headers.get("retry-after")),
    };
  }
  return { kind: "refused", problem: `status ${status}` };
}

/** Only a receipt is an acknowledgement: a page that answers everything with 200 is not a collector. */
function receiptOf(text: string): Outcome {
  const { rejected } = JSON.parse(text) as { rejected?: unknown };
  if (!Array.isArray(rejected)) throw new Error("COLLECTOR_URL answers without a receipt; is it a collector?");
  return { kind: "acknowledged", rejected: rejected.length };
}

/** Seconds, or an HTTP date, as RFC 9110 §10.2.3 has it; 0 where there is none to read. */
function retryAfterMs(header: string | null): number {
  if (!header) return 0;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
