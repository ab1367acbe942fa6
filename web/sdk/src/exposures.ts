/** Telling each exposure once: on this page, and over the tabs and pages of this browser. */
import { exposureKey } from "edgewise/delivery";
import type { ExposureEvent } from "edgewise/lite";
import type { Storage } from "./storage.js";

/** The analysis asks for the first exposure only; now and then it is told again, for whoever looks at single days. */
const AGE_MS = 86_400_000;
const BEGINNING = "told:";

export class ToldExposures {
  readonly #here = new Set<string>();

  constructor(
    private readonly storage: Storage,
    now: number,
  ) {
    for (const key of storage.keys(BEGINNING)) {
      if (!this.#isFresh(key, now)) storage.remove(BEGINNING + key);
    }
  }

  /** Whether this exposure has still to be told; it counts as told from now on. */
  admit(exposure: ExposureEvent, now: number): boolean {
    const key = exposureKey(exposure);
    if (this.#here.has(key) || this.#isFresh(key, now)) return false;
    this.#here.add(key);
    this.storage.set(BEGINNING + key, String(now));
    return true;
  }

  /** Forgets an exposure that could not be told, so that the next one counts. */
  forget(exposure: ExposureEvent): void {
    this.#here.delete(exposureKey(exposure));
    this.storage.remove(BEGINNING + exposureKey(exposure));
  }

  /** Whether another page told it not long ago. A clock that was put back says nothing. */
  #isFresh(key: string, now: number): boolean {
    const age = now - Number(this.storage.get(BEGINNING + key) ?? -Infinity);
    return age >= 0 && age < AGE_MS;
  }
}
