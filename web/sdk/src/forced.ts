/** Variants that somebody wants to see in this browser: for looking at a page, never for counting. */
import type { Storage } from "./storage.js";

/** Experiment to variant. */
export type ForcedVariants = Readonly<Record<string, string>>;

const KEY = "forced";

export function readForced(storage: Storage): ForcedVariants {
  try {
    const kept: unknown = JSON.parse(storage.get(KEY) ?? "{}");
    const pairs = typeof kept === "object" && kept !== null ? Object.entries(kept) : [];
    return Object.fromEntries(pairs.filter((pair) => typeof pair[1] === "string"));
  } catch {
    return {};
  }
}

/** Null takes the experiment's variant off the list. */
export function withForced(forced: ForcedVariants, experiment: string, variant: string | null): ForcedVariants {
  const { [experiment]: _before, ...others } = forced;
  return variant === null ? others : { ...others, [experiment]: variant };
}

export function keepForced(storage: Storage, forced: ForcedVariants): void {
  if (Object.keys(forced).length > 0) storage.set(KEY, JSON.stringify(forced));
  else storage.remove(KEY);
}
