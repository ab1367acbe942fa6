/** Which record of a section has an id. */
import type { RulesetReader, Section } from "./ruleset.js";

const utf8 = new TextEncoder();

/**
 * The records of a section that is sorted by ids. Those that were found are remembered, so that programs that ask for
 * few of many hold few.
 */
export class Places {
  /** How many records there are. */
  readonly count: number;
  readonly #found = new Map<string, number>();

  constructor(
    private readonly reader: RulesetReader,
    private readonly section: Section,
  ) {
    this.count = reader.count(section);
  }

  /** The place of the record with this id; undefined: there is none. */
  find(id: string): number | undefined {
    return this.#found.get(id) ?? this.#search(id);
  }

  #search(id: string): number | undefined {
    if (typeof id !== "string") return undefined;
    const { reader, section } = this;
    const wanted = utf8.encode(id);
    let first = 0;
    for (let end = this.count; first < end; ) {
      const middle = (first + end) >>> 1;
      if (reader.isBefore(reader.record(section, middle), wanted)) first = middle + 1;
      else end = middle;
    }
    if (first === this.count || reader.text(reader.record(section, first)) !== id) return undefined;
    this.#found.set(id, first);
    return first;
  }
}
