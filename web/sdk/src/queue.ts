/**
 * Events on their way from the page to the collector. Each is kept in storage until the collector has answered, so that
 * a page that was closed or offline loses none: the next page sends what the last one left, with the same ids, and the
 * collector drops what it has already. A body is text/plain, so that the browser asks for no permission first.
 */
import { bodyOf, deliver, Redelivery } from "edgewise/delivery";
import type { Delivery, Outcome } from "edgewise/delivery";
import { uuidv7 } from "edgewise/lite";
import type { EdgewiseEvent } from "edgewise/lite";
import type { Storage } from "./storage.js";

/** Browsers allow 64 KiB for all requests that outlive the page together (Fetch standard, §4.6, "keepalive"). */
const BODY_BYTES = 60_000;

/** A page that makes more events than this while offline loses the newest. */
const CAPACITY = 1_000;

/** How long the first event waits for company. */
const LINGER_MS = 1_000;

const BEGINNING = "event:";

/** Events by their ids, as JSON text. */
type Events = Map<string, string>;

interface Batch {
  readonly id: string;
  readonly events: Events;
}

export class EventQueue {
  /** Those in the batch under way are among them until it is answered. */
  readonly #waiting: Events = new Map();
  #answered = false;
  #delivered = 0;
  #lost = 0;
  readonly #redelivery = new Redelivery<Batch>({
    next: () => (this.#waiting.size > 0 ? batchOf(this.#waiting) : undefined),
    send: (batch) => send(this.url, batch),
    settle: ({ events }, rejected = events.size) => {
      this.#answered = true;
      this.#delivered += events.size - rejected;
      this.#lost += rejected;
      this.#settle(events);
    },
  });

  constructor(
    private readonly url: string,
    private readonly storage: Storage,
  ) {
    for (const id of storage.keys(BEGINNING)) {
      const text = storage.get(BEGINNING + id);
      if (text !== undefined && isJson(text)) this.#waiting.set(id, text);
      else storage.remove(BEGINNING + id);
    }
    if (this.#waiting.size > 0) this.#redelivery.flushAfter(0);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#leave();
    });
    // Safari before 14.1 went to another page without hiding this one first (WebKit bug 151234).
    addEventListener("pagehide", () => this.#leave());
    addEventListener("online", () => void this.flush());
  }

  /** Takes an event, which is sent soon; false: the queue is full. */
  add(event: EdgewiseEvent): boolean {
    if (this.#waiting.size >= CAPACITY) {
      this.#lost += 1;
      return false;
    }
    const text = JSON.stringify(event);
    this.#waiting.set(event.id, text);
    this.storage.set(BEGINNING + event.id, text);
    this.#redelivery.flushAfter(LINGER_MS);
    return true;
  }

  /** Sends what waits until nothing does, or until the collector has to be given time. */
  async flush(): Promise<Delivery> {
    await this.#redelivery.flush();
    return { delivered: this.#delivered, waiting: this.#waiting.size, lost: this.#lost };
  }

  /** Forgets what waits. */
  clear(): void {
    this.#settle(this.#waiting);
    this.#redelivery.drop();
  }

  /**
   * Hands what waits to beacons, as far as the browser takes it; the rest stays for the next page. The batch under way
   * outlives the page by itself. Nobody tells what became of a beacon: it counts as delivered where the collector
   * answered this page before, and otherwise what it carried is sent again by the next page.
   */
  #leave(): void {
    const left: Events = new Map(this.#waiting);
    for (const id of this.#redelivery.batch?.events.keys() ?? []) left.delete(id);
    const certain = this.#answered && !this.#redelivery.isFailing && navigator.onLine;
    while (left.size > 0) {
      const batch = batchOf(left);
      if (!navigator.sendBeacon(this.url, textOf(batch))) return;
      for (const id of batch.events.keys()) left.delete(id);
      if (!certain) continue;
      this.#delivered += batch.events.size;
      this.#settle(batch.events);
    }
  }

  #settle(events: Events): void {
    for (const id of [...events.keys()]) {
      this.#waiting.delete(id);
      this.storage.remove(BEGINNING + id);
    }
  }
}

/** As many events from the front as fit into one body, but at least one. */
function batchOf(waiting: Events): Batch {
  const batch: Batch = { id: uuidv7(), events: new Map() };
  let bytes = bytesOf(textOf(batch));
  for (const [id, event] of waiting) {
    bytes += bytesOf(event) + 1;
    if (batch.events.size > 0 && bytes >= BODY_BYTES) break;
    batch.events.set(id, event);
  }
  return batch;
}

/** A body this long is refused with keepalive, and then has to hope that the page stays. */
function send(url: string, batch: Batch): Promise<Outcome> {
  const body = textOf(batch);
  return deliver(url, body, { keepalive: bytesOf(body) < BODY_BYTES, credentials: "omit" });
}

function textOf({ id, events }: Batch): string {
  return bodyOf(id, [...events.values()].join(","), Date.now());
}

/** Any script of the site can write to the storage, and one bad event would have the batch refused. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
