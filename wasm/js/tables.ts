/** The names behind the integers, read once when a ruleset is loaded. */
import type { FlagType } from "./answers.js";
import {
  ATTRIBUTES,
  BOUND_HOLDOUTS,
  CLAIMS,
  EXPERIMENTS,
  EXTENSIONS,
  FLAGS,
  HOLDOUTS,
  LAYERS,
  NONE,
  PATH_SEGMENTS,
  REPLAY_ATTRIBUTES,
  RulesetReader,
  UNIT_TYPES,
  VARIANTS,
  WORKSPACE,
} from "./ruleset.js";

/** By their codes in the ruleset. */
const FLAG_TYPES: readonly FlagType[] = ["boolean", "number", "string", "object"];

/** An experiment of the ruleset. */
export interface Experiment {
  readonly id: string;
  /** Which run of the experiment this is, from 1. */
  readonly iteration: number;
  /** The unit type that is assigned. */
  readonly unit: string;
  /** Names the allocation in force: 16 hexadecimal digits. */
  readonly epoch: string;
  /** The variants' ids, in the ruleset's order. */
  readonly variants: readonly string[];
  /** What an exposure has to carry besides the unit: canonical names. */
  readonly attributes: readonly string[];
}

/** A flag of the ruleset. */
export interface Flag {
  readonly id: string;
  readonly type: FlagType;
  /** The experiments whose variants may set the flag, by id, in the order in which they are asked. */
  readonly claimedBy: readonly string[];
}

/** An attribute that some condition of the ruleset looks at. */
export interface Attribute {
  /** `app.version`, or `attr("any name")`. */
  readonly name: string;
  /** The own properties that lead to it. */
  readonly path: readonly string[];
}

/** Units that take no part in the experiments bound to it. */
interface Holdout {
  readonly id: string;
  /** Names the share in force: 16 hexadecimal digits. */
  readonly epoch: string;
  /** Units whose bucket lies below are held out. */
  readonly buckets: number;
}

/** What answers and events say of an experiment beside its names. */
interface Details {
  /** Whether hosts keep what it answers. */
  readonly sticky: boolean;
  /** The outermost layer around its own, which whoever shares any layer with it shares; beyond all: it has none. */
  readonly layer: number;
  /** Whether its answer depends on those of other experiments or flags: its prerequisites, and what masks it. */
  readonly dependent: boolean;
  /** The unit type whose id counts where there is none of the first. */
  readonly fallback: string;
  /** Places in `holdouts`, in the order in which they are asked. */
  readonly holdouts: readonly number[];
  /** Graduated: the place of the holdout that holds back; beyond all: none does. */
  readonly holdBack: number;
  /** With which probability each variant is drawn, by their places. */
  readonly propensities: readonly number[];
}

/** Everything in a ruleset that has a name. */
export interface Tables {
  readonly digest: string;
  readonly tenant: string | undefined;
  readonly environment: string | undefined;
  readonly unitTypes: readonly string[];
  readonly attributes: readonly Attribute[];
  readonly holdouts: readonly Holdout[];
  readonly experiments: readonly Experiment[];
  /** In the order of `experiments`. */
  readonly details: readonly Details[];
  readonly flags: readonly Flag[];
  /** Experiment id to its place in `experiments`. */
  readonly experimentIndex: ReadonlyMap<string, number>;
  /** Flag id to its place in `flags`. */
  readonly flagIndex: ReadonlyMap<string, number>;
  /** Attribute name to its path. */
  readonly attributePaths: ReadonlyMap<string, readonly string[]>;
}

/** Reads the names out of a ruleset that the evaluator has checked. */
export function readTables(ruleset: Uint8Array, propensity: (experiment: number, variant: number) => number): Tables {
  const reader = new RulesetReader(ruleset);
  const text = (at: number) => reader.text(at)!;
  const index = (at: number) => reader.u32(at);
  const [workspace] = reader.all(WORKSPACE, (at) => at);
  const unitTypes = reader.all(UNIT_TYPES, text);
  const attributes = reader.all(ATTRIBUTES, (at) => ({
    name: text(at),
    path: reader.slice(at + 8, PATH_SEGMENTS, text),
  }));
  const holdouts = ALL_RULES
    ? reader.all(HOLDOUTS, (at) => ({ id: text(at), epoch: reader.epoch(at + 24), buckets: reader.u32(at + 32) }))
    : [];
  const experiments = reader.all(EXPERIMENTS, (at) => ({
    id: text(at),
    iteration: reader.u32(at + 64),
    unit: unitTypes[reader.byte(at + 68)]!,
    epoch: reader.epoch(at + 24),
    variants: reader.slice(at + 84, VARIANTS, text),
    attributes: reader.slice(at + 108, REPLAY_ATTRIBUTES, (at) => attributes[index(at)]!.name),
  }));
  const details = reader.all(EXPERIMENTS, (at, place) => {
    const { unit, variants } = experiments[place]!;
    const propensities = variants.map((_, variant) => propensity(place, variant));
    if (!ALL_RULES) {
      const none = { layer: NONE, holdouts: [], holdBack: NONE };
      return { ...none, sticky: false, dependent: false, fallback: unit, propensities };
    }
    const extension = index(at + 116);
    const more = extension === NONE ? 0 : reader.record(EXTENSIONS, extension);
    return {
      sticky: reader.byte(at + 73) === 1,
      layer: more ? outermost(reader, index(more)) : NONE,
      dependent: more ? index(more + 80) > 1 : false,
      fallback: (more && unitTypes[index(more + 12)]) || unit,
      holdouts: more ? reader.slice(more + 24, BOUND_HOLDOUTS, index) : [],
      holdBack: more ? index(more + 76) : NONE,
      propensities,
    };
  });
  const flags = reader.all(FLAGS, (at) => ({
    id: text(at),
    type: FLAG_TYPES[reader.byte(at + 48)]!,
    claimedBy: reader.slice(at + 40, CLAIMS, (at) => experiments[index(at)]!.id),
  }));
  return {
    digest: reader.digest(16),
    tenant: reader.text(workspace! + 8),
    environment: reader.text(workspace! + 16),
    unitTypes,
    attributes,
    holdouts,
    experiments,
    details,
    flags,
    experimentIndex: indexById(experiments),
    flagIndex: indexById(flags),
    attributePaths: new Map(attributes.map(({ name, path }) => [name, path])),
  };
}

/** The layer that lies around all others around this one; of none, none. */
function outermost(reader: RulesetReader, layer: number): number {
  const parent = layer === NONE ? NONE : reader.u32(reader.record(LAYERS, layer) + 24);
  return parent === NONE ? layer : outermost(reader, parent);
}

function indexById(items: readonly { readonly id: string }[]): Map<string, number> {
  return new Map(items.map(({ id }, index) => [id, index]));
}
