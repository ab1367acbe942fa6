/**
 * Shipping events to their sink, the collector or what answers for them until it has them, after the answers have gone.
 * Events wait in the isolate in a bounded queue; one run at a time takes batches off it. A batch keeps its events and
 * their ids over all retries, so that the collector can tell a repetition. The durability of an event begins when the
 * sink acknowledges it: what an isolate holds dies with it.
 */
import { uuidv7 } from "edgewise";
import { backoffMs } from "edgewise/delivery";
import type { Backoff } from "edgewise/delivery";
import type { Parcel, Sink } from "./sinks/parcel.js";

interface Queued {
  readonly json: string;
  readonly bytes: number;
  readonly clockErrorMs: number;
  readonly onLost: (() => void) | undefined;
}

interface Batch {
  readonly parcel: Parcel;
  readonly events: readonly Queued[];
  failures: number;
}

/** What became of the events of this isolate so far. */
export interface Counts {
  /** Waiting for the sink, those under way included. */
  waiting: number;
  /** Acknowledged by the sink. */
  delivered: number;
  /** Refused by the sink, one by one or a whole batch. */
  refused: number;
  /** Not taken because the queue was full. */
  dropped: number;
}

/** At a kilobyte an event about 10 MB of the isolate's 128 MB. */
const QUEUE_CAPACITY = 10_000;

const BATCH_EVENTS = 500;

/** How long the first event of a batch waits for company. */
const LINGER_MS = 50;

/** `waitUntil` allows 30 seconds after the answer; a run stops before. */
const RUN_MS = 25_000;

/** A run that has not ended by now was cancelled with its request. */
const LOST_AFTER_MS = 35_000;

const RETRY: Backoff = { baseMs: 250, capMs: 5_000 };

/** The queue of one isolate. */
export class Shipper {
  readonly #queue: Queued[] = [];
  #batch: Batch | undefined;
  #run: { readonly startedAt: number } | undefined;
  #notBefore = 0;
  readonly #counts = { delivered: 0, refused: 0, dropped: 0 };

  constructor(private readonly sink: Sink) {}

  /** How many events the queue can still take. */
  room(): number {
    return QUEUE_CAPACITY - this.#waiting();
  }

  counts(): Counts {
    return { waiting: this.#waiting(), ...this.#counts };
  }

  /**
   * Queues an event. `clockErrorMs` is by how much the clock that wrote its `ts` is behind this one's; `onLost` is
   * called if the event will never reach the sink.
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
      return index === BATCH_EVENTS || queued.clockErrorMs !== clockErrorMs || (index > 0 && bytes > this.sink.mostBytes);
    });
    const events = this.#queue.splice(0, end === -1 ? this.#queue.length : end);
    const texts = events.map(({ json }) => json).join(",");
    const parcel = { id: uuidv7(), events: texts, count: events.length, clockErrorMs: clockErrorMs ?? 0 };
    return { parcel, events, failures: 0 };
  }

  /** Sends one batch once, and files the outcome unless a later run has taken over meanwhile. */
  async #ship(batch: Batch, run: { readonly startedAt: number }): Promise<void> {
    const outcome = await this.sink.send(batch.parcel);
    if (this.#run !== run) return;
    if (outcome.kind === "later") {
      const backoff = backoffMs(batch.failures++, RETRY, Math.random());
      this.#notBefore = Date.now() + Math.max(backoff, outcome.retryAfterMs);
      console.warn(`${batch.events.length} events wait for their sink: ${outcome.problem}`);
      return;
    }
    this.#batch = undefined;
    const refused = outcome.kind === "acknowledged" ? outcome.rejected : batch.events.length;
    this.#counts.refused += refused;
    this.#counts.delivered += batch.events.length - refused;
    if (outcome.kind === "refused") {
      for (const { onLost } of batch.events) onLost?.();
      console.error(`the sink refused a batch of ${batch.events.length} events for good: ${outcome.problem}`);
    }
  }

  #waiting(): number {
    return this.#queue.length + (this.#batch?.events.length ?? 0);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
