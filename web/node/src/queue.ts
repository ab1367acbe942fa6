/** Events on their way to the collector: in batches, with retries, their ids unchanged. What waits is held in memory. */
import type { EdgewiseEvent } from "edgewise";
import { uuidv7 } from "edgewise";
import { bodyOf, deliver, Redelivery } from "edgewise/delivery";
import type { Delivery } from "edgewise/delivery";

/** The collector takes bodies of up to 1 MiB, and events of up to 64 KiB. */
const BATCH_EVENTS = 500;
const BATCH_BYTES = 900_000;

/** A process that makes more events than this while the collector is away loses the newest. */
const CAPACITY = 10_000;

/** How long the first event waits for company, and how long the collector may take. */
const LINGER_MS = 1_000;
const TIMEOUT_MS = 10_000;

interface Batch {
  readonly id: string;
  readonly events: readonly string[];
}

export class EventQueue {
  #waiting: string[] = [];
  #delivered = 0;
  #lost = 0;
  #closed = false;
  readonly #redelivery = new Redelivery<Batch>({
    next: () => (this.#waiting.length > 0 ? this.#next() : undefined),
    send: (batch) => this.#send(batch),
    settle: ({ events }, rejected = events.length) => {
      this.#delivered += events.length - rejected;
      this.#lost += rejected;
    },
  });

  constructor(private readonly url: string) {}

  /** Takes an event; it is sent soon. */
  add(event: EdgewiseEvent): void {
    if (this.#closed || this.#count() >= CAPACITY) this.#lost += 1;
    else {
      this.#waiting.push(JSON.stringify(event));
      this.#redelivery.flushAfter(LINGER_MS);
    }
  }

  /** Sends what waits until nothing does, or until the collector has to be given time. */
  async flush(): Promise<Delivery> {
    await this.#redelivery.flush();
    return { delivered: this.#delivered, waiting: this.#count(), lost: this.#lost };
  }

  /** Sends what waits, and takes no more. */
  async close(): Promise<Delivery> {
    this.#closed = true;
    const delivery = await this.flush();
    this.#redelivery.stop();
    return delivery;
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

  #send({ id, events }: Batch) {
    const body = bodyOf(id, events.join(","), Date.now());
    const headers = { "content-type": "application/json" };
    return deliver(this.url, body, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  }

  #count(): number {
    return this.#waiting.length + (this.#redelivery.batch?.events.length ?? 0);
  }
}
