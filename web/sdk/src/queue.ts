/**
 * Events on their way from the page to the collector. While the page lives they are fetched over, with retries; when it
 * is hidden, which may be its end, they leave by beacon. A body is text/plain, so that the browser asks for no
 * permission first.
 */
import { uuidv7 } from "edgewise";
import type { EdgewiseEvent } from "edgewise";

/** What a flush achieved. */
export interface Delivery {
  /** Acknowledged by the collector since the page was loaded, or handed to a beacon. */
  readonly delivered: number;
  /** Still to be sent. */
  readonly waiting: number;
  /** Refused by the collector, or dropped because the queue was full. */
  readonly lost: number;
}

/** Browsers allow 64 KiB for all requests that outlive the page together (Fetch standard, §4.6, "keepalive"). */
const BODY_BYTES = 60_000;

/** A page that makes more events than this while offline loses the newest. */
const CAPACITY = 1_000;

/** How long the first event waits for company. */
const LINGER_MS = 1_000;

/** The collector is asked again after 1, 2, 4, … seconds, half of it at random, at most a minute. */
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 60_000;

interface Batch {
  readonly id: string;
  readonly events: readonly string[];
}

export class EventQueue {
  #waiting: string[] = [];
  #batch: Batch | undefined;
  #sending: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #delivered = 0;
  #lost = 0;

  constructor(private readonly url: string) {
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#leave();
    });
    // Safari before 14.1 went to another page without hiding this one first (WebKit bug 151234).
    addEventListener("pagehide", () => this.#leave());
  }

  /** Takes an event; it is sent soon. */
  add(event: EdgewiseEvent): void {
    if (this.#waiting.length >= CAPACITY) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(JSON.stringify(event));
    this.#sendAfter(LINGER_MS);
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

  async #sendAll(): Promise<void> {
    while (this.#count() > 0) {
      const batch = (this.#batch ??= this.#next());
      const outcome = await send(this.url, batch);
      // A beacon may have taken the batch along meanwhile.
      if (this.#batch !== batch) continue;
      if (outcome === "later") {
        const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** this.#failures++);
        this.#sendAfter(ceiling * (0.5 + Math.random() / 2));
        return;
      }
      this.#failures = 0;
      this.#batch = undefined;
      if (outcome === "refused") this.#lost += batch.events.length;
      else this.#delivered += batch.events.length;
    }
  }

  /** Hands everything to beacons; what the browser does not take stays. Ids tell the collector what came twice. */
  #leave(): void {
    while (this.#count() > 0) {
      const batch = (this.#batch ??= this.#next());
      if (!navigator.sendBeacon(this.url, bodyOf(batch))) return;
      this.#batch = undefined;
      this.#delivered += batch.events.length;
    }
  }

  /** As many events from the front as fit into one body, but at least one. */
  #next(): Batch {
    const encoder = new TextEncoder();
    const id = uuidv7();
    let bytes = encoder.encode(bodyOf({ id, events: [] })).length;
    const end = this.#waiting.findIndex((event, index) => {
      bytes += encoder.encode(event).length + 1;
      return index > 0 && bytes >= BODY_BYTES;
    });
    return { id, events: this.#waiting.splice(0, end === -1 ? this.#waiting.length : end) };
  }

  #sendAfter(ms: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), ms);
  }

  #count(): number {
    return this.#waiting.length + (this.#batch?.events.length ?? 0);
  }
}

/** One attempt. 408, 429, 5xx and a lost connection are worth another one; other refusals are final. */
async function send(url: string, batch: Batch): Promise<"delivered" | "refused" | "later"> {
  const body = bodyOf(batch);
  // A body this long is refused with keepalive, and then has to hope that the page stays.
  const keepalive = new TextEncoder().encode(body).length < BODY_BYTES;
  try {
    const { ok, status } = await fetch(url, { method: "POST", body, keepalive, credentials: "omit" });
    if (ok) return "delivered";
    return status === 408 || status === 429 || status >= 500 ? "later" : "refused";
  } catch {
    return "later";
  }
}

function bodyOf({ id, events }: Batch): string {
  return `{"batch_id":"${id}","sent_at":"${new Date().toISOString()}","events":[${events.join(",")}]}`;
}
