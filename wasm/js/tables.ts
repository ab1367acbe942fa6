/** The names behind the integers, handed over once when a ruleset is loaded. */
import type { FlagType, Reason } from "./answers.js";

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

/** Everything in a ruleset that has a name. */
export interface Tables {
  readonly digest: string;
  readonly tenant: string | undefined;
  readonly environment: string | undefined;
  readonly reasons: readonly Reason[];
  readonly unitTypes: readonly string[];
  readonly attributes: readonly Attribute[];
  readonly experiments: readonly Experiment[];
  readonly flags: readonly Flag[];
  /** Experiment id to its place in `experiments`. */
  readonly experimentIndex: ReadonlyMap<string, number>;
  /** Flag id to its place in `flags`. */
  readonly flagIndex: ReadonlyMap<string, number>;
  /** Attribute name to its path. */
  readonly attributePaths: ReadonlyMap<string, readonly string[]>;
}

/** Reads the tables in the order in which `wasm/src/tables.rs` writes them. */
export function readTables(text: string, numbers: Uint32Array): Tables {
  const reader = new TableReader(text, numbers);
  const digest = reader.text();
  const [tenant] = reader.texts();
  const [environment] = reader.texts();
  const reasons = reader.texts() as Reason[];
  const flagTypes = reader.texts() as FlagType[];
  const unitTypes = reader.texts();
  const attributes = reader.list(() => ({ name: reader.text(), path: reader.texts() }));
  const experiments = reader.list(() => ({
    id: reader.text(),
    iteration: reader.number(),
    unit: unitTypes[reader.number()]!,
    epoch: reader.text(),
    variants: reader.texts(),
    attributes: reader.list(() => attributes[reader.number()]!.name),
  }));
  const flags = reader.list(() => ({
    id: reader.text(),
    type: flagTypes[reader.number()]!,
    claimedBy: reader.list(() => experiments[reader.number()]!.id),
  }));
  return {
    digest,
    tenant,
    environment,
    reasons,
    unitTypes,
    attributes,
    experiments,
    flags,
    experimentIndex: indexById(experiments),
    flagIndex: indexById(flags),
    attributePaths: new Map(attributes.map(({ name, path }) => [name, path])),
  };
}

function indexById(items: readonly { readonly id: string }[]): Map<string, number> {
  return new Map(items.map(({ id }, index) => [id, index]));
}

/** One string that holds all texts, and the numbers: a text is its length in UTF-16, a list its count. */
class TableReader {
  #next = 0;
  #at = 0;

  constructor(
    private readonly all: string,
    private readonly numbers: Uint32Array,
  ) {}

  number(): number {
    return this.numbers[this.#next++]!;
  }

  text(): string {
    const start = this.#at;
    this.#at += this.number();
    return this.all.slice(start, this.#at);
  }

  list<T>(item: () => T): T[] {
    return Array.from({ length: this.number() }, item);
  }

  texts(): string[] {
    return this.list(() => this.text());
  }
}
