/** What units were given before, for experiments that keep it. The store remembers; these functions decide what. */
import type { Answer, Edgewise, StickyRecord } from "edgewise";

/** Unit ids by unit type. */
export type Units = Readonly<Record<string, string>>;

/** Records by the type of the unit that they are of. */
export type Records = Readonly<Record<string, readonly StickyRecord[]>>;

/** Keeps records between requests. */
export interface StickyStore {
  /** What is known of these units. */
  read(units: Units, request: Request): Promise<Records>;
  /** Adds to it. `known` is what was read; the worker does not wait for `stored`. */
  write(units: Units, known: Records, fresh: Records, request: Request): Promise<Written>;
}

/** A store with the client itself has the answer carry a cookie. */
export interface Written {
  readonly cookie?: string;
  readonly stored?: Promise<void>;
}

/** An exposure takes no more. */
const MOST_RECORDS = 512;

/**
 * Those that the ruleset can use, by the order of its unit types: where a unit of the first type has a record, those of
 * its device come later and do not count.
 */
export function usable(ruleset: Edgewise, records: Records): StickyRecord[] {
  const iterations = new Map<string, number>(ruleset.experiments.map(({ id, iteration }) => [id, iteration]));
  const all = ruleset.unitTypes.flatMap((type) => records[type] ?? []);
  return all.filter(({ experiment, iteration }) => iterations.get(experiment) === iteration).slice(0, MOST_RECORDS);
}

/**
 * What is to be kept of these answers and is not yet: what was drawn now, and what the unit brought along
 * from another one, such as a visitor who logs in on a device that was drawn before.
 */
export function freshRecords(units: Units, asked: readonly Answer[], known: Records): Records {
  const fresh: Record<string, StickyRecord[]> = {};
  for (const { experiment, variant, epoch, reason, details } of new Set(asked)) {
    const { unit, iteration, sticky } = details;
    if (!(sticky || reason === "sticky") || variant === null || epoch === null || unit === null || iteration === null) continue;
    if (units[unit] === undefined || has(known[unit] ?? [], experiment, iteration)) continue;
    (fresh[unit] ??= []).push({ experiment, iteration, variant, epoch });
  }
  return fresh;
}

/**
 * Both, the known ones first: the first record of an iteration stays, and earlier iterations go. A record of an
 * experiment that this ruleset does not know stays as well, because another isolate's may.
 */
export function merged(known: readonly StickyRecord[], fresh: readonly StickyRecord[]): StickyRecord[] {
  const all = new Map<string, StickyRecord>();
  for (const record of [...known, ...fresh]) {
    const kept = all.get(record.experiment);
    if (!kept || kept.iteration < record.iteration) all.set(record.experiment, record);
  }
  return [...all.values()].slice(-MOST_RECORDS);
}

function has(records: readonly StickyRecord[], experiment: string, iteration: number): boolean {
  return records.some((record) => record.experiment === experiment && record.iteration === iteration);
}
