/** Work under a variant: assign, apply, run, record. */
import type { FlagFallback, FlagId, FlagValueOr } from "edgewise";
import { tagSpan } from "./span.js";
import type { Visitor } from "./visitor.js";

/** What a run cost or achieved, beside its duration: a metric looks at each under its name. */
export interface Measures {
  /** How many tokens of a language model it took. */
  readonly tokens?: number;
  readonly cost?: number;
  readonly [measure: string]: number | string | boolean | undefined;
}

/** What the work is given. */
export interface Run {
  /** The variant that it runs under; null: the experiment takes no part. */
  readonly variant: string | null;
  /** A flag's value under that variant. Using it is an exposure to whatever else decides about it. */
  get<F extends FlagId, T extends FlagFallback<F>>(flag: F, fallback: T): FlagValueOr<F, T>;
  /** Adds to what is told of the run: numbers add up, everything else is replaced. */
  record(measures: Measures): void;
}

/** The name of the events that tell of runs. */
const EVENT = "run";

export async function run<T>(visitor: Visitor, experiment: string, work: (run: Run) => T | Promise<T>): Promise<T> {
  const variant = visitor.variant(experiment);
  const tags = { experiment, ...(variant !== null && { variant }) };
  let measures: Measures = {};
  tagSpan(experiment, variant, visitor.digest);
  const began = performance.now();
  const tell = (success: boolean): void => {
    const duration_ms = performance.now() - began;
    visitor.track(EVENT, { ...measures, ...tags, duration_ms, success });
  };
  try {
    const result = await work({
      variant,
      get: (flag, fallback) => visitor.get(flag, fallback),
      record: (more) => {
        measures = { ...measures, ...addedUp(measures, more) };
      },
    });
    tell(true);
    return result;
  } catch (error) {
    tell(false);
    visitor.fail(EVENT, { ...tags, error: error instanceof Error ? error.name : typeof error });
    throw error;
  }
}

function addedUp(before: Measures, more: Measures): Measures {
  return Object.fromEntries(
    Object.entries(more).map(([name, value]) => {
      const sofar = before[name];
      return [name, typeof value === "number" && typeof sofar === "number" ? sofar + value : value];
    }),
  );
}
