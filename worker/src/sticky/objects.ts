/** Sticky records in a Durable Object for each unit: whoever asks anywhere sees what was stored a moment ago. */
import type { StickyRecord } from "edgewise";
import type { ObjectNamespace } from "../bindings.js";
import { unitKey } from "./key.js";
import type { Records, StickyStore, Units, Written } from "./records.js";

export class ObjectStore implements StickyStore {
  constructor(private readonly objects: ObjectNamespace) {}

  async read(units: Units): Promise<Records> {
    const read = Object.entries(units).map(async ([type, id]) => [type, await this.#ask(type, id)] as const);
    return Object.fromEntries(await Promise.all(read));
  }

  async write(units: Units, _known: Records, fresh: Records): Promise<Written> {
    const written = Object.entries(fresh).map(([type, records]) => this.#ask(type, units[type] ?? "", records));
    return { stored: Promise.all(written).then(() => undefined) };
  }

  /** The unit's records, with these added to them. */
  async #ask(type: string, id: string, fresh?: readonly StickyRecord[]): Promise<StickyRecord[]> {
    const object = this.objects.get(this.objects.idFromName(await unitKey(type, id)));
    const init = fresh && { method: "POST", body: JSON.stringify(fresh) };
    const response = await object.fetch("https://sticky/records", init);
    if (!response.ok) throw new Error(`the object of a ${type} answered with status ${response.status}`);
    return (await response.json()) as StickyRecord[];
  }
}
