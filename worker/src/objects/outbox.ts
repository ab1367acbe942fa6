/** Keeps events on disk until the collector has them. An alarm wakes the object as long as it holds any. */
import { backoffMs } from "edgewise/delivery";
import type { Backoff } from "edgewise/delivery";
import type { ObjectState } from "../bindings.js";
import type { Environment } from "../settings.js";
import { readSettings } from "../settings.js";
import { Collector } from "../sinks/collector.js";
import type { Parcel } from "../sinks/parcel.js";

const PARCELS = "parcel/";
const FAILURES = "failures";

/** An alarm has minutes; this many parcels take seconds. */
const PARCELS_PER_ALARM = 50;

/** Parcels that come close together go in one alarm. */
const LINGER_MS = 100;

/** A collector that is back is noticed within half a minute. */
const RETRY: Backoff = { baseMs: 1_000, capMs: 30_000 };

export class EventOutbox {
  readonly #collector: Collector;

  constructor(
    private readonly state: ObjectState,
    environment: Environment,
  ) {
    this.#collector = new Collector(readSettings(environment, true).eventsUrl);
  }

  /** Takes a parcel. The runtime holds the answer back until the parcel is stored. */
  async fetch(request: Request): Promise<Response> {
    const parcel = (await request.json()) as Parcel;
    const { storage } = this.state;
    await storage.put(`${PARCELS}${parcel.id}`, parcel);
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + LINGER_MS);
    return new Response(null, { status: 202 });
  }

  /** Takes parcels to the collector, oldest first; where it cannot take one now, all that are left wait. */
  async alarm(): Promise<void> {
    const { storage } = this.state;
    const parcels = await storage.list<Parcel>({ prefix: PARCELS, limit: PARCELS_PER_ALARM });
    for (const [key, parcel] of parcels) {
      const outcome = await this.#collector.send(parcel);
      if (outcome.kind === "later") return this.#wait(outcome.problem, outcome.retryAfterMs);
      if (outcome.kind === "refused") console.error(`the collector refused ${parcel.count} events for good: ${outcome.problem}`);
      await storage.delete(key);
    }
    await storage.put(FAILURES, 0);
    if (parcels.size === PARCELS_PER_ALARM) await storage.setAlarm(Date.now());
  }

  async #wait(problem: string, retryAfterMs: number): Promise<void> {
    const { storage } = this.state;
    const failures = (await storage.get<number>(FAILURES)) ?? 0;
    console.warn(`events wait in the outbox for the collector: ${problem}`);
    await storage.put(FAILURES, failures + 1);
    await storage.setAlarm(Date.now() + Math.max(backoffMs(failures, RETRY, Math.random()), retryAfterMs));
  }
}
