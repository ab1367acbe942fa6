/** The names behind the integers, each read when it is first asked for. */
import type { AnswerDetails, FlagType, FlagValue } from "./answers.js";
import type { ExperimentId, FlagId } from "./names.js";
import { Places } from "./places.js";
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
}

/** An experiment that was asked for. */
interface Known {
  readonly experiment: Experiment;
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
  readonly #details = new Map<string, AnswerDetails>();
  readonly #values = new Map<number, FlagValue>();
  readonly #lists = new Map<string, readonly string[]>();

  /** What an evaluator has checked. */
  constructor(readonly reader: RulesetReader) {
    this.#workspace = reader.record(WORKSPACE, 0);
    this.unitTypes = reader.all(UNIT_TYPES, (at) => reader.name(at));
    this.attributes = reader.all(ATTRIBUTES, (at) => ({
      name: reader.name(at),
      path: reader.slice(at + 8, PATH_SEGMENTS, (at) => reader.name(at)),
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

  /** What the experiment's exposures have to carry. */
  attributesOf(index: number): Attribute[] {
    const { reader } = this;
    const at = reader.record(EXPERIMENTS, index) + 108;
    return reader.slice(at, REPLAY_ATTRIBUTES, (at) => this.attributes[reader.u32(at)]!);
  }

  /** The flag value whose text lies there. */
  value(start: number, length: number): FlagValue {
    let value = this.#values.get(start);
    if (value === undefined) this.#values.set(start, (value = parseFrozen(this.reader.decode(start, length))));
    return value;
  }

  /** These details, or others that say the same. */
  shared(details: AnswerDetails): AnswerDetails {
    const key = JSON.stringify(details);
    let known = this.#details.get(key);
    if (!known) this.#details.set(key, (known = Object.freeze(details)));
    return known;
  }

  #readExperiment(index: number): Known {
    const { reader } = this;
    const at = reader.record(EXPERIMENTS, index);
    const experiment = {
      id: reader.text(at) as ExperimentId,
      iteration: reader.u32(at + 64),
      unit: this.unitTypes[reader.byte(at + 68)]!,
      epoch: reader.epoch(at + 24),
      variants: this.#names(reader.slice(at + 84, VARIANTS, (at) => reader.name(at))),
      attributes: this.#names(this.attributesOf(index).map(({ name }) => name)),
    };
    return { experiment, details: new Array(experiment.variants.length + 1) };
  }

  /** These names, or the same ones in the same order: many experiments have them. */
  #names(names: readonly string[]): readonly string[] {
    const key = JSON.stringify(names);
    let known = this.#lists.get(key);
    if (!known) this.#lists.set(key, (known = Object.freeze(names)));
    return known;
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
