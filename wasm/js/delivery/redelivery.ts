/** Sending until nothing waits: one batch at a time, the same one until it is settled, with time between attempts. */
import type { Outcome } from "./attempt.js";
import { backoffMs } from "./backoff.js";

/** How the events of a host stand. */
export interface Delivery {
  /** Acknowledged by the collector, or handed to what outlives the host. */
  readonly delivered: number;
  /** Still to be sent. */
  readonly waiting: number;
  /** Refused by the collector, or dropped because the queue was full. */
  readonly lost: number;
}

/** Where events wait: the host's own. */
export interface Outgoing<B> {
  /** The next batch; undefined: nothing waits. It is not asked for another one before this one is settled. */
  next(): B | undefined;
  /** One attempt; never throws. */
  send(batch: B): Promise<Outcome>;
  /** The batch is done with, but for so many events of it; undefined: all of it was refused. */
  settle(batch: B, rejected: number | undefined): void;
}

/** The collector is asked again after 1, 2, 4, … seconds, half of it at random, at most half a minute. */
const RETRY = { baseMs: 1_000, capMs: 30_000 };

export class Redelivery<B> {
  #batch: B | undefined;
  #sending: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(private readonly outgoing: Outgoing<B>) {}

  /** The batch under way, or to be tried again. */
  get batch(): B | undefined {
    return this.#batch;
  }

  /** Whether the last attempt failed. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Sends until nothing waits, or until the collector has to be given time. */
  async flush(): Promise<void> {
    this.stop();
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    await this.#sending;
  }

  /** Sends after so many milliseconds, unless it sends sooner anyway. */
  flushAfter(ms: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.flush(), ms);
    // Node.js: a timer keeps no process alive.
    (this.#timer as { unref?(): void }).unref?.();
  }

  /** Sends no more by itself. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Forgets the batch under way, whatever becomes of it. */
  drop(): void {
    this.#batch = undefined;
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const batch = (this.#batch ??= this.outgoing.next());
      if (batch === undefined) return;
      const outcome = await this.outgoing.send(batch);
      // It may have been dropped meanwhile.
      if (this.#batch !== batch) continue;
      if (outcome.kind === "later") {
        this.flushAfter(Math.max(outcome.retryAfterMs, backoffMs(this.#failures++, RETRY, Math.random())));
        return;
      }
      this.#failures = 0;
      this.#batch = undefined;
      this.outgoing.settle(batch, outcome.kind === "refused" ? undefined : outcome.rejected);
    }
  }
}
