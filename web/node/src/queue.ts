/** Events on their way to the collector: in batches, with retries, their ids unchanged. What waits is held in memory. */
import type { EdgewiseEvent } from "edgewise";
import { uuidv7 } from "edgewise";

/** How the events of this process stand. */
export interface Delivery {
  /** Acknowledged by the collector. */
  readonly delivered: number;
  /** Still to be sent. */
  readonly waiting: number;
  /** Refused by the collector, or dropped because the queue was full. */
  readonly lost: number;
}

/** The collector takes bodies of up to 1 MiB, and events of up to 64 KiB. */
const BATCH_EVENTS = 500;
const BATCH_BYTES = 900_000;

/** A process that makes more events than this while the collector is away loses the newest. */
const CAPACITY = 10_000;

/** How long the first event waits for company, and how long the collector may take. */
const LINGER_MS = 1_000;
const TIMEOUT_MS = 10_000;

/** The collector is asked again after 1, 2, 4, … seconds, half of it at random, at most a minute. */
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 60_000;

interface Batch {
  readonly id: string;
  readonly events: readonly string[];
}

/** How many events were refused of a batch that was answered, or after how long to try again, at the least. */
type Outcome = { readonly refused: number } | { readonly retryAfterMs: number };

export class EventQueue {
  #waiting: string[] = [];
  #batch: Batch | undefined;
  #sending: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #delivered = 0;
  #lost = 0;
  #closed = false;

  constructor(private readonly url: string) {}

  /** Takes an event; it is sent soon. */
  add(event: EdgewiseEvent): void {
    if (this.#closed || this.#count() >= CAPACITY) this.#lost += 1;
    else {
      this.#waiting.push(JSON.stringify(event));
      this.#sendAfter(LINGER_MS);
    }
  }

  /** Sends what waits until nothing does, or until the collector has to be given time. */
  async flush(): Promise<Delivery> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    await this.#sending;
    return { delivered: this.#delivered, waiting: this.#count(), lost: this.#lost };
  }

  /** Sends what waits, and takes no more. */
  async close(): Promise<Delivery> {
    this.#closed = true;
    const delivery = await this.flush();
    clearTimeout(this.#timer);
    return delivery;
  }

  async #sendAll(): Promise<void> {
    while (this.#count() > 0) {
      const batch = (this.#batch ??= this.#next());
      const outcome = await send(this.url, batch);
      if ("retryAfterMs" in outcome) {
        const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** this.#failures++);
        this.#sendAfter(Math.max(outcome.retryAfterMs, ceiling * (0.5 + Math.random() / 2)));
        return;
      }
      this.#failures = 0;
      this.#batch = undefined;
      this.#delivered += batch.events.length - outcome.refused;
      this.#lost += outcome.refused;
    }
  }

  /** As many events from the front as fit into one body, but at least one. */
  #next(): Batch {
    let bytes = 0;
    const end = this.#waiting.findIndex((event, index) => {
      bytes += Buffer.byteLength(event) + 1;
      return index === BATCH_EVENTS || (index > 0 && bytes > BATCH_BYTES);
    });
    return { id: uuidv7(), events: this.#waiting.splice(0, end === -1 ? this.#waiting.length : end) };
  }

  /** The timer keeps no process alive: who must not lose an event closes the client. */
  #sendAfter(ms: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), ms).unref();
  }

  #count(): number {
    return this.#waiting.length + (this.#batch?.events.length ?? 0);
  }
}

/** One attempt. 408, 429, 5xx and a lost connection are worth another one; other refusals are final. */
async function send(url: string, { id, events }: Batch): Promise<Outcome> {
  const body = `{"batch_id":"${id}","sent_at":"${new Date().toISOString()}","events":[${events.join(",")}]}`;
  const headers = { "content-type": "application/json" };
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const receipt = (await response.json().catch(() => undefined)) as { rejected?: unknown[] } | undefined;
    if (response.ok) return { refused: receipt?.rejected?.length ?? 0 };
    const { status } = response;
    if (status !== 408 && status !== 429 && status < 500) return { refused: events.length };
    return { retryAfterMs: Number(response.headers.get("retry-after") ?? 0) * 1000 || 0 };
  } catch {
    return { retryAfterMs: 0 };
  }
}
