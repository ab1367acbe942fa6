import type { EvaluationDetails, FlagValue, Hook, HookContext } from "@openfeature/web-sdk";
import type { Delivery } from "edgewise/delivery";
import type { ExposureEvent } from "edgewise/lite";
import { consents } from "../consent.js";
import { ToldExposures } from "../exposures.js";
import { EventQueue } from "../queue.js";
import { Storage } from "../storage.js";

export interface ExposureHookOptions {
  /** Where exposures are sent: the worker's `/v1/events`, or the collector's. */
  readonly eventsUrl: string;
  /** What the visitor said on this site; without: yes, unless the browser sends GPC or Do Not Track. */
  readonly consent?: boolean;
}

/**
 * For flags that the edge worker evaluated in bulk, as `@openfeature/ofrep-web-provider` asks for them: their metadata
 * hands back the exposures, and this hook sends them when a flag is used. Once a visitor, over the tabs of the browser.
 */
export class ExposureHook implements Hook {
  readonly #consent: boolean;
  readonly #told: ToldExposures;
  readonly #queue: EventQueue;

  constructor({ eventsUrl, consent }: ExposureHookOptions) {
    this.#consent = consents(consent);
    const storage = new Storage(() => this.#consent);
    this.#told = new ToldExposures(storage, Date.now());
    this.#queue = new EventQueue(eventsUrl, storage);
  }

  after(_context: Readonly<HookContext>, { flagMetadata }: EvaluationDetails<FlagValue>): void {
    if (!this.#consent) return;
    const now = Date.now();
    for (const exposure of handedBack(flagMetadata.exposures)) {
      if (!this.#told.admit(exposure, now)) continue;
      const taken = this.#queue.add({ ...exposure, ts: new Date(now).toISOString() });
      if (!taken) this.#told.forget(exposure);
    }
  }

  /** Sends what waits, now. */
  flush(): Promise<Delivery> {
    return this.#queue.flush();
  }
}

/** The events in a flag's metadata, which is the JSON text of a list. */
function handedBack(text: unknown): readonly ExposureEvent[] {
  try {
    const events: unknown = typeof text === "string" ? JSON.parse(text) : [];
    return Array.isArray(events) ? (events as ExposureEvent[]) : [];
  } catch {
    return [];
  }
}
