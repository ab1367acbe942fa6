/** What few experiments have: sticky records, draws by call, layers, holdouts, fallbacks. None in `edgewise/lite`. */
import {
  BOUND_HOLDOUTS,
  EXPERIMENTS,
  EXTENSIONS,
  HOLDOUTS,
  LAYERS,
  NONE,
  type RulesetReader,
} from "./ruleset.js";
import type { Tables } from "./tables.js";

/**
 * What an experiment draws from. `unit`: the id of its unit, so that a unit always gets the same. `nonce` and `counter`:
 * the call, by the context's `nonce` or its own number in `counters`; without them it answers `missing_draw`.
 */
export type Draw = "unit" | "nonce" | "counter";

/** By the codes of strategies in the ruleset: hash, random, round robin, context. */
const DRAWS: readonly Draw[] = ["unit", "nonce", "counter", "unit"];

/** Whether hosts keep what the experiment answers. */
export function isSticky({ reader }: Tables, experiment: number): boolean {
  return reader.byte(reader.record(EXPERIMENTS, experiment) + 73) === 1;
}

/** What it draws from. */
export function drawOf({ reader }: Tables, experiment: number): Draw {
  return DRAWS[reader.byte(reader.record(EXPERIMENTS, experiment) + 71)]!;
}

/** Whether its answer depends on those of other experiments or flags: its prerequisites, and what masks it. */
export function isDependent({ reader }: Tables, experiment: number): boolean {
  return extended(reader, experiment, 80, 0) > 1;
}

/** The unit type whose id counts where there is none of the first. */
export function fallbackOf({ reader, unitTypes }: Tables, experiment: number): string {
  return unitTypes[extended(reader, experiment, 12, NONE)]!;
}

/** The outermost layer around its own, which whoever shares any layer with it shares; beyond all: it has none. */
export function layerOf({ reader }: Tables, experiment: number): number {
  return outermost(reader, extended(reader, experiment, 0, NONE));
}

/** The places of the holdouts that bind it, in the order in which they are asked. */
export function holdoutsOf({ reader }: Tables, experiment: number): number[] {
  const at = extension(reader, experiment);
  return at ? reader.slice(at + 24, BOUND_HOLDOUTS, (at) => reader.u32(at)) : [];
}

/** Graduated: the place of the holdout that holds back; beyond all: none does. */
export function holdBackOf({ reader }: Tables, experiment: number): number {
  return extended(reader, experiment, 76, NONE);
}

/** The id of a holdout, and the name of the share in force: 16 hexadecimal digits. */
export function holdoutAt({ reader }: Tables, place: number): { readonly id: string; readonly epoch: string } {
  const at = reader.record(HOLDOUTS, place);
  return { id: reader.name(at), epoch: reader.epoch(at + 24) };
}

function extended(reader: RulesetReader, experiment: number, offset: number, absent: number): number {
  const at = extension(reader, experiment);
  return at ? reader.u32(at + offset) : absent;
}

/** Where the experiment's extension begins; 0: it has none. */
function extension(reader: RulesetReader, experiment: number): number {
  const index = reader.u32(reader.record(EXPERIMENTS, experiment) + 116);
  return index === NONE ? 0 : reader.record(EXTENSIONS, index);
}

/** The layer that lies around all others around this one; of none, none. */
function outermost(reader: RulesetReader, layer: number): number {
  const parent = layer === NONE ? NONE : reader.u32(reader.record(LAYERS, layer) + 24);
  return parent === NONE ? layer : outermost(reader, parent);
}
