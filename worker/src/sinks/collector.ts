/** The collector itself, over HTTP. */
import { bodyOf, deliver } from "edgewise/delivery";
import type { Outcome } from "edgewise/delivery";
import type { Parcel, Sink } from "./parcel.js";

const SEND_TIMEOUT_MS = 10_000;

/** `POST /v1/events` of a collector. */
export class Collector implements Sink {
  /** The collector's group commit makes larger batches pointless. */
  readonly mostBytes = 512 * 1024;

  constructor(private readonly url: string) {}

  /** `sent_at` is what the events' own clock shows now, so that the collector can correct for it. */
  send({ id, events, clockErrorMs }: Parcel): Promise<Outcome> {
    const body = bodyOf(id, events, Date.now() - clockErrorMs);
    const headers = { "content-type": "application/json" };
    return deliver(this.url, body, { headers, signal: AbortSignal.timeout(SEND_TIMEOUT_MS) });
  }
}
