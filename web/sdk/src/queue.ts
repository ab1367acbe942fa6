/**
 * Events on their way from the page to the collector. Each is kept in storage until the collector has answered, so that
 * a page that was closed or offline loses none: the next page sends what the last one left, with the same ids, and the
 * collector drops what it has already. A body is text/plain, so that the browser asks for no permission first.
 */
import { uuidv7 } from "edgewise/lite";
import type { EdgewiseEvent } from "edgewise/lite";
import type { Storage } from "./storage.js";

/** How the events of this page stand. */
export interface Delivery {
  /** Acknowledged by the collector since the page was loaded, or handed to a beacon. */
  readonly delivered: number;
  /** Still to be sent, by this page or the next. */
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

const BEGINNING = "event:";

/** Events by their ids, as JSON text. */
type Events = Map<string, string>;

interface Batch {
  readonly id: string;
  readonly events: Events;
}

/** What became of an attempt: how many events were refused of a batch that was answered, or when to try again. */
type Outcome = { readonly refused: number } | { readonly retryAfterMs: number };

export class EventQueue {
  /** Those in the batch under way are among them until it is answered. */
  readonly #waiting: Events = new Map();
  #batch: Batch | undefined;
  #sending: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #answered = false;
  #delivered = 0;
  #lost = 0;

  constructor(
    private readonly url: string,
    private readonly storage: Storage,
  ) {
    for (const id of storage.keys(BEGINNING)) {
      const text = storage.get(BEGINNING + id);
      if (text !== undefined && isJson(text)) this.#waiting.set(id, text);
      else storage.remove(BEGINNING + id);
    }
    if (this.#waiting.size > 0) this.#sendAfter(0);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#leave();
    });
    // Safari before 14.1 went to another page without hiding this one first (WebKit bug 151234).
    addEventListener("pagehide", () => this.#leave());
    addEventListener("online", () => void this.flush());
  }

  /** Takes an event; it is sent soon. */
  add(event: EdgewiseEvent): void {
    if (this.#waiting.size >= CAPACITY) {
      this.#lost += 1;
      return;
    }
    const text = JSON.stringify(event);
    this.#waiting.set(event.id, text);
    this.storage.set(BEGINNING + event.id, text);
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
    return { delivered: this.#delivered, waiting: this.#waiting.size, lost: this.#lost };
  }

  /** Forgets what waits. */
  clear(): void {
    this.#settle(this.#waiting);
    this.#batch = undefined;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = (this.#batch ??= this.#next());
      const outcome = await send(this.url, batch);
      // The queue may have been cleared meanwhile.
      if (this.#batch !== batch) continue;
      if ("retryAfterMs" in outcome) {
        const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** this.#failures++);
        this.#sendAfter(Math.max(outcome.retryAfterMs, ceiling * (0.5 + Math.random() / 2)));
        return;
      }
      this.#failures = 0;
      this.#answered = true;
      this.#batch = undefined;
      this.#delivered += batch.events.size - outcome.refused;
      this.#lost += outcome.refused;
      this.#settle(batch.events);
    }
  }

  /**
   * Hands what waits to beacons, as far as the browser takes it; the rest stays for the next page. The batch under way
   * outlives the page by itself. Nobody tells what became of a beacon: it counts as delivered where the collector
   * answered this page before, and otherwise what it carried is sent again by the next page.
   */
  #leave(): void {
    const left: Events = new Map(this.#waiting);
    for (const id of this.#batch?.events.keys() ?? []) left.delete(id);
    const certain = this.#answered && this.#failures === 0 && navigator.onLine;
    while (left.size > 0) {
      const batch = batchOf(left);
      if (!navigator.sendBeacon(this.url, bodyOf(batch))) return;
      for (const id of batch.events.keys()) left.delete(id);
      if (!certain) continue;
      this.#delivered += batch.events.size;
      this.#settle(batch.events);
    }
  }

  #next(): Batch {
    return batchOf(this.#waiting);
  }

  #settle(events: Events): void {
    for (const id of [...events.keys()]) {
      this.#waiting.delete(id);
      this.storage.remove(BEGINNING + id);
    }
  }

  #sendAfter(ms: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), ms);
  }
}

/** As many events from the front as fit into one body, but at least one. */
function batchOf(waiting: Events): Batch {
  const batch: Batch = { id: uuidv7(), events: new Map() };
  let bytes = bytesOf(bodyOf(batch));
  for (const [id, event] of waiting) {
    bytes += bytesOf(event) + 1;
    if (batch.events.size > 0 && bytes >= BODY_BYTES) break;
    batch.events.set(id, event);
  }
  return batch;
}

/** One attempt. 408, 429, 5xx and a lost connection are worth another one; other refusals are final. */
async function send(url: string, batch: Batch): Promise<Outcome> {
  const body = bodyOf(batch);
  // A body this long is refused with keepalive, and then has to hope that the page stays.
  const keepalive = bytesOf(body) < BODY_BYTES;
  try {
    const response = await fetch(url, { method: "POST", body, keepalive, credentials: "omit" });
    const { ok, status, headers } = response;
    if (ok) return { refused: await refusedOf(response) };
    if (status !== 408 && status !== 429 && status < 500) return { refused: batch.events.size };
    return { retryAfterMs: Number(headers.get("retry-after") ?? 0) * 1000 || 0 };
  } catch {
    return { retryAfterMs: 0 };
  }
}

async function refusedOf(response: Response): Promise<number> {
  const receipt = (await response.json().catch(() => undefined)) as { rejected?: unknown[] } | undefined;
  return receipt?.rejected?.length ?? 0;
}

function bodyOf({ id, events }: Batch): string {
  return `{"batch_id":"${id}","sent_at":"${new Date().toISOString()}","events":[${[...events.values()].join(",")}]}`;
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
