/**
 * Shipping events to the collector, after the answers have gone. Events wait in the isolate in a bounded queue; one run
 * at a time takes batches off it. A batch keeps its events and their ids over all retries, so that the collector can
 * tell a repetition. The durability of an event begins when the collector acknowledges it: what an isolate holds dies
 * with it.
 */
import { uuidv7 } from "edgewise";
import type { Backoff } from "./backoff.js";
import { backoffMs } from "./backoff.js";

interface Queued {
  readonly json: string;
  readonly bytes: number;
  readonly clockErrorMs: number;
  readonly onLost: (() => void) | undefined;
}

interface Batch {
  readonly id: string;
  readonly events: readonly Queued[];
  failures: number;
}

/** What became of the events of this isolate so far. */
export interface Counts {
  /** Waiting for the collector, those under way included. */
  waiting: number;
  /** Acknowledged by the collector: accepted, or known to it already. */
  delivered: number;
  /** Refused by the collector, one by one or a whole batch. */
  refused: number;
  /** Not taken because the queue was full. */
  dropped: number;
}

/** At a kilobyte an event about 10 MB of the isolate's 128 MB. */
const QUEUE_CAPACITY = 10_000;

/** The collector's group commit makes larger batches pointless. */
const BATCH_EVENTS = 500;
const BATCH_BYTES = 512 * 1024;

/** How long the first event of a batch waits for company. */
const LINGER_MS = 50;

/** `waitUntil` allows 30 seconds after the answer; a run stops before. */
const RUN_MS = 25_000;

/** A run that has not ended by now was cancelled with its request. */
const LOST_AFTER_MS = 35_000;

const SEND_TIMEOUT_MS = 10_000;
const RETRY: Backoff = { baseMs: 250, capMs: 5_000 };

/** The queue of one isolate. */
export class Shipper {
  readonly #queue: Queued[] = [];
  #batch: Batch | undefined;
  #run: { readonly startedAt: number } | undefined;
  #notBefore = 0;
  readonly #counts = { delivered: 0, refused: 0, dropped: 0 };

  constructor(private readonly url: string) {}

  /** How many events the queue can still take. */
  room(): number {
    return QUEUE_CAPACITY - this.#waiting();
  }

  counts(): Counts {
    return { waiting: this.#waiting(), ...this.#counts };
  }

  /**
   * Queues an event. `clockErrorMs` is by how much the clock that wrote its `ts` is behind this one's; `onLost` is
   * called if the event will never reach the collector.
   */
  offer(event: object, clockErrorMs: number, onLost?: () => void): void {
    if (this.room() < 1) {
      this.#counts.dropped += 1;
      onLost?.();
      return;
    }
    const json = JSON.stringify(event);
    this.#queue.push({ json, bytes: new TextEncoder().encode(json).length, clockErrorMs, onLost });
  }

  /** Ships until the queue is empty or the run's time is up. Returns at once where another run is on it. */
  async drain(): Promise<void> {
    if (this.#waiting() === 0) return;
    if (this.#run && Date.now() - this.#run.startedAt < LOST_AFTER_MS) return;
    const run = { startedAt: Date.now() };
    this.#run = run;
    await this.#shipAll(run);
    if (this.#run === run) this.#run = undefined;
  }

  async #shipAll(run: { readonly startedAt: number }): Promise<void> {
    const deadline = run.startedAt + RUN_MS;
    await sleep(LINGER_MS);
    while (this.#run === run && this.#waiting() > 0) {
      const wait = this.#notBefore - Date.now();
      if (Date.now() + Math.max(wait, 0) > deadline) return;
      if (wait > 0) await sleep(wait);
      this.#batch ??= this.#nextBatch();
      await this.#ship(this.#batch, run);
    }
  }

  /** The longest run of events from the queue's front that share a clock error and fit into one batch. */
  #nextBatch(): Batch {
    const clockErrorMs = this.#queue[0]?.clockErrorMs;
    let bytes = 0;
    const end = this.#queue.findIndex((queued, index) => {
      bytes += queued.bytes;
      return index === BATCH_EVENTS || queued.clockErrorMs !== clockErrorMs || (index > 0 && bytes > BATCH_BYTES);
    });
    const events = this.#queue.splice(0, end === -1 ? this.#queue.length : end);
    return { id: uuidv7(), events, failures: 0 };
  }

  /** Sends one batch once, and files the outcome unless a later run has taken over meanwhile. */
  async #ship(batch: Batch, run: { readonly startedAt: number }): Promise<void> {
    const outcome = await send(this.url, batch);
    if (this.#run !== run) return;
    if (outcome.kind === "later") {
      const backoff = backoffMs(batch.failures++, RETRY, Math.random());
      this.#notBefore = Date.now() + Math.max(backoff, outcome.retryAfterMs);
      console.warn(`${batch.events.length} events wait for the collector: ${outcome.problem}`);
      return;
    }
    this.#batch = undefined;
    const refused = outcome.kind === "acknowledged" ? outcome.rejected : batch.events.length;
    this.#counts.refused += refused;
    this.#counts.delivered += batch.events.length - refused;
    if (outcome.kind === "refused") {
      for (const { onLost } of batch.events) onLost?.();
      console.error(`the collector refused a batch of ${batch.events.length} events for good: ${outcome.problem}`);
    }
  }

  #waiting(): number {
    return this.#queue.length + (this.#batch?.events.length ?? 0);
  }
}

type Outcome =
  | { kind: "acknowledged"; rejected: number }
  | { kind: "refused"; problem: string }
  | { kind: "later"; problem: string; retryAfterMs: number };

/** One attempt. `sent_at` is what the events' own clock shows now, so that the collector can correct for it. */
async function send(url: string, batch: Batch): Promise<Outcome> {
  const sentAt = new Date(Date.now() - (batch.events[0]?.clockErrorMs ?? 0)).toISOString();
  const events = batch.events.map(({ json }) => json).join(",");
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"batch_id":"${batch.id}","sent_at":"${sentAt}","events":[${events}]}`,
      signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
    });
    return await outcomeOf(response);
  } catch (error) {
    return { kind: "later", problem: error instanceof Error ? error.message : String(error), retryAfterMs: 0 };
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

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
