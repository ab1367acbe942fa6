/** A queue before the collector: what it has taken it keeps, and hands back to this worker until the collector has it. */
import { afterError, backoffMs } from "edgewise/delivery";
import type { Backoff, Outcome } from "edgewise/delivery";
import type { Message, MessageBatch, Queue } from "../bindings.js";
import { Collector } from "./collector.js";
import type { Parcel, Sink } from "./parcel.js";

/** A message of Cloudflare's may have 128 kB. */
const MESSAGE_BYTES = 128_000;

/** A queue tries a hundred times at most, so the waits grow long enough to bridge hours. */
export const RETRY: Backoff = { baseMs: 1_000, capMs: 300_000 };

export class EventQueue implements Sink {
  readonly mostBytes = 100_000;

  constructor(private readonly queue: Queue) {}

  async send(parcel: Parcel): Promise<Outcome> {
    if (new TextEncoder().encode(parcel.events).length > MESSAGE_BYTES - 1_000) {
      return { kind: "refused", problem: `an event is larger than a message of ${MESSAGE_BYTES} bytes` };
    }
    try {
      await this.queue.send(parcel);
      return { kind: "acknowledged", rejected: 0 };
    } catch (error) {
      return afterError(error);
    }
  }
}

/** Takes parcels from the queue to the collector; those that it cannot take now come back later. */
export async function emptyQueue({ messages }: MessageBatch, eventsUrl: string): Promise<void> {
  const collector = new Collector(eventsUrl);
  await Promise.all(messages.map(async (message) => settle(message, await collector.send(message.body as Parcel))));
}

function settle(message: Message, outcome: Outcome): void {
  if (outcome.kind === "later") {
    const ms = Math.max(backoffMs(message.attempts - 1, RETRY, Math.random()), outcome.retryAfterMs);
    console.warn(`events wait in the queue for the collector: ${outcome.problem}`);
    message.retry({ delaySeconds: Math.ceil(ms / 1000) });
    return;
  }
  if (outcome.kind === "refused") console.error(`the collector refused a batch of events for good: ${outcome.problem}`);
  message.ack();
}
