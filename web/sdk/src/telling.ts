/** What the page tells the collector: exposures, once, and what the visitor does. Without consent, nothing. */
import { eventOf } from "edgewise/delivery";
import type { Delivery, TrackingDetails } from "edgewise/delivery";
import { uuidv7 } from "edgewise/lite";
import type { ExposureEvent } from "edgewise/lite";
import type { Answering } from "./answering.js";
import { ToldExposures } from "./exposures.js";
import { EventQueue } from "./queue.js";
import { keepRecord } from "./sticky.js";
import type { Visitor } from "./visitor.js";

export class Telling {
  readonly #told: ToldExposures;
  readonly #queue: EventQueue;

  constructor(
    eventsUrl: string,
    private readonly visitor: Visitor,
    private readonly answering: Answering,
  ) {
    this.#told = new ToldExposures(visitor.storage, Date.now());
    this.#queue = new EventQueue(eventsUrl, visitor.storage);
  }

  /** The ids by unit type, as far as they are known. */
  get units(): Readonly<Record<string, string>> {
    return this.answering.answers.units() ?? this.visitor.usualUnits();
  }

  /** Tells that what these belong to is used now. */
  expose(exposures: readonly ExposureEvent[]): void {
    if (!this.visitor.consent) return;
    const now = Date.now();
    for (const exposure of exposures) {
      this.#keep(exposure);
      if (!this.#told.admit(exposure, now)) continue;
      // The server evaluated a bootstrap before it was used.
      const taken = this.#queue.add({ ...exposure, ts: new Date(now).toISOString() });
      if (!taken) this.#told.forget(exposure);
    }
  }

  /** Tells that the visitor did or said something. */
  tell(type: "track" | "feedback" | "identify", name?: string, details?: TrackingDetails): void {
    if (!this.visitor.consent) return;
    const about = { tenant: this.answering.ruleset?.tenant, units: this.units };
    this.#queue.add(eventOf(type, about, uuidv7(), Date.now(), name, details));
  }

  flush(): Promise<Delivery> {
    return this.#queue.flush();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#queue.clear();
  }

  /** Keeps what was drawn where the experiment asks for it, so that the visitor has it on the next page, too. */
  #keep(exposure: ExposureEvent): void {
    const { iteration, sticky } = this.answering.answers.variant(exposure.experiment).details;
    if (sticky && iteration !== null) keepRecord(this.visitor.storage, exposure, iteration);
  }
}
