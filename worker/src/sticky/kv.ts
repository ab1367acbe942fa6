/**
 * Sticky records in a store of keys and values. It is read near the visitor and written slowly: a second request within
 * a minute may not see what the first one stored, and draws alike, because drawing is by hash.
 */
import type { StickyRecord } from "edgewise";
import type { KeyValueStore } from "../bindings.js";
import { unitKey } from "./key.js";
import type { Records, StickyStore, Units, Written } from "./records.js";
import { merged } from "./records.js";

const YEAR_SECONDS = 365 * 86_400;

export class KvStore implements StickyStore {
  constructor(private readonly store: KeyValueStore) {}

  async read(units: Units): Promise<Records> {
    const read = Object.entries(units).map(async ([type, id]) => {
      const value = await this.store.get(`sticky/${await unitKey(type, id)}`, { type: "json" });
      return [type, Array.isArray(value) ? (value as StickyRecord[]) : []] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  }

  async write(units: Units, known: Records, fresh: Records): Promise<Written> {
    const put = Object.entries(fresh).map(async ([type, records]) => {
      const key = `sticky/${await unitKey(type, units[type] ?? "")}`;
      await this.store.put(key, JSON.stringify(merged(known[type] ?? [], records)), { expirationTtl: YEAR_SECONDS });
    });
    return { stored: Promise.all(put).then(() => undefined) };
  }
}
