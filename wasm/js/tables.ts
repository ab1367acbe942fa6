/** The names behind the integers, each read when it is first asked for. */
import type { AnswerDetails, FlagType, FlagValue } from "./answers.js";
import { RECORD_BYTES } from "./encoder.js";
import type { ExperimentId, FlagId } from "./names.js";
import { Places } from "./places.js";
import { type Draw, drawOf, isSticky } from "./rare.js";
import {
  ATTRIBUTES,
  CLAIMS,
  EXPERIMENTS,
  FLAGS,
  PATH_SEGMENTS,
  REPLAY_ATTRIBUTES,
  type RulesetReader,
  UNIT_TYPES,
  VARIANTS,
  WORKSPACE,
} from "./ruleset.js";
import { parseFrozen } from "./values.js";

/** By their codes in the ruleset. */
const FLAG_TYPES: readonly FlagType[] = ["boolean", "number", "string", "object"];

/** An experiment of the ruleset. */
export interface Experiment {
  readonly id: ExperimentId;
  /** Which run of the experiment this is, from 1. */
  readonly iteration: number;
  /** The unit type that is assigned. */
  readonly unit: string;
  /** Names the allocation in force: 16 hexadecimal digits. */
  readonly epoch: string;
  /** Whether a host keeps its answers and hands them in again: see `Directives.sticky`. */
  readonly sticky: boolean;
  /** What it draws from: the unit's id, or what a host hands in with each call, see `Directives`. */
  readonly draw: Draw;
  /** The variants' ids, in the ruleset's order. */
  readonly variants: readonly string[];
  /** What an exposure has to carry besides the unit: canonical names. */
  readonly attributes: readonly string[];
}

/** A flag of the ruleset. */
export interface Flag {
  readonly id: FlagId;
  readonly type: FlagType;
  /** The experiments whose variants may set the flag, by id, in the order in which they are asked. */
  readonly claimedBy: readonly ExperimentId[];
}

/** An attribute that some condition of the ruleset looks at. */
export interface Attribute {
  /** `app.version`, or `attr("any name")`. */
  readonly name: string;
  /** The own properties that lead to it. */
  readonly path: readonly string[];
  /** Where its record begins in a context for the evaluator. */
  readonly at: number;
}

/** An experiment that was asked for. */
interface Known {
  readonly experiment: Experiment;
  /** Those that its answer can depend on. Experiments with the same ones share the list. */
  readonly attributes: readonly Attribute[];
  /** Of most answers: those that drew nothing, and those that drew a variant, by its place and one. */
  readonly details: (AnswerDetails | undefined)[];
}

/** Everything in a ruleset that has a name. */
export class Tables {
  readonly unitTypes: readonly string[];
  readonly attributes: readonly Attribute[];
  readonly experimentPlaces: Places;
  readonly flagPlaces: Places;
  readonly #workspace: number;
  readonly #experiments: Known[];
  readonly #flags: Flag[];
  readonly #shared = new Map<string, object>();
  readonly #values = new Map<number, FlagValue>();

  /** What an evaluator has checked. */
  constructor(readonly reader: RulesetReader) {
    this.#workspace = reader.record(WORKSPACE, 0);
    this.unitTypes = reader.all(UNIT_TYPES, (at) => reader.name(at));
    this.attributes = reader.all(ATTRIBUTES, (at, place) => ({
      name: reader.name(at),
      path: reader.slice(at + 8, PATH_SEGMENTS, (at) => reader.name(at)),
      at: (this.unitTypes.length + place) * RECORD_BYTES,
    }));
    this.experimentPlaces = new Places(reader, EXPERIMENTS);
    this.flagPlaces = new Places(reader, FLAGS);
    this.#experiments = new Array(this.experimentPlaces.count);
    this.#flags = new Array(this.flagPlaces.count);
  }

  get digest(): string {
    return this.reader.digest(16);
  }

  get tenant(): string | undefined {
    return this.reader.text(this.#workspace + 8);
  }

  get environment(): string | undefined {
    return this.reader.text(this.#workspace + 16);
  }

  /** The experiment at this place. */
  experiment(index: number): Experiment {
    return this.known(index).experiment;
  }

  known(index: number): Known {
    return (this.#experiments[index] ??= this.#readExperiment(index));
  }

  flag(index: number): Flag {
    return (this.#flags[index] ??= this.#readFlag(index));
  }

  /** The flag value whose text lies there. */
  value(start: number, length: number): FlagValue {
    let value = this.#values.get(start);
    if (value === undefined) this.#values.set(start, (value = parseFrozen(this.reader.decode(start, length))));
    return value;
  }

  /** This object or list, or one that says the same: many experiments and answers do. */
  shared<T extends object>(value: T): T {
    const key = JSON.stringify(value);
    let known = this.#shared.get(key);
    if (!known) this.#shared.set(key, (known = Object.freeze(value)));
    return known as T;
  }

  #readExperiment(index: number): Known {
    const { reader } = this;
    const at = reader.record(EXPERIMENTS, index);
    const attributes = this.shared(reader.slice(at + 108, REPLAY_ATTRIBUTES, (at) => this.attributes[reader.u32(at)]!));
    const experiment = {
      id: reader.text(at) as ExperimentId,
      iteration: reader.u32(at + 64),
      unit: this.unitTypes[reader.byte(at + 68)]!,
      epoch: reader.epoch(at + 24),
      sticky: ALL_RULES && isSticky(this, index),
      draw: ALL_RULES ? drawOf(this, index) : "unit",
      variants: this.shared(reader.slice(at + 84, VARIANTS, (at) => reader.name(at))),
      attributes: this.shared(attributes.map(({ name }) => name)),
    };
    return { experiment, attributes, details: new Array(experiment.variants.length + 1) };
  }

  #readFlag(index: number): Flag {
    const { reader } = this;
    const at = reader.record(FLAGS, index);
    return {
      id: reader.text(at)!,
      type: FLAG_TYPES[reader.byte(at + 48)]!,
      claimedBy: reader.slice(at + 40, CLAIMS, (at) => this.experiment(reader.u32(at)).id),
    } as Flag;
  }
}
