/** What units were given before, for experiments that keep it: they keep their variant whatever the ruleset says later. */
import type { ExposureEvent, StickyRecord } from "edgewise/lite";
import type { Storage } from "./storage.js";

/** An evaluator takes no more. */
const MOST = 512;
const BEGINNING = "sticky:";

/** The records of these units, by unit type. */
export function recordsOf(storage: Storage, units: Readonly<Record<string, string>>): StickyRecord[] {
  const all = Object.entries(units).flatMap(([type, id]) => read(storage, keyOf(type, id)));
  return all.slice(0, MOST);
}

/** Keeps what the unit was drawn into in this iteration; an older iteration's record gives way. */
export function keepRecord(storage: Storage, exposure: ExposureEvent, iteration: number): void {
  const { unit_type, unit, experiment, variant, epoch } = exposure;
  const key = keyOf(unit_type, unit);
  const others = read(storage, key).filter((record) => record.experiment !== experiment);
  storage.set(key, JSON.stringify([...others, { experiment, iteration, variant, epoch }]));
}

function keyOf(unitType: string, unit: string): string {
  return BEGINNING + JSON.stringify([unitType, unit]);
}

function read(storage: Storage, key: string): StickyRecord[] {
  try {
    const kept: unknown = JSON.parse(storage.get(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isRecord) : [];
  } catch {
    return [];
  }
}

/** Any script of the site can write to the storage. */
function isRecord(value: unknown): value is StickyRecord {
  const { experiment, iteration, variant, epoch } = (value ?? {}) as Partial<StickyRecord>;
  const texts = [experiment, variant, epoch].every((text) => typeof text === "string");
  return texts && Number.isSafeInteger(iteration);
}
