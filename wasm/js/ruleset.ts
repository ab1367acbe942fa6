/**
 * Reads the bytes of a ruleset that the evaluator has checked. The layout is that of `edgewise_core::format`.
 */

/** Where the directory lies, and the size of its entries. */
const HEADER_BYTES = 32;
const DIRECTORY_ENTRY_BYTES = 12;

/** A section: its number, and the size of its records in bytes. */
export type Section = readonly [number: number, recordBytes: number];

export const WORKSPACE: Section = [0, 32];
const STRINGS: Section = [1, 1];
export const UNIT_TYPES: Section = [2, 8];
export const ATTRIBUTES: Section = [3, 16];
export const PATH_SEGMENTS: Section = [4, 8];
export const LAYERS: Section = [14, 40];
export const HOLDOUTS: Section = [16, 40];
export const EXPERIMENTS: Section = [17, 120];
export const EXTENSIONS: Section = [18, 96];
export const VARIANTS: Section = [19, 20];
export const REPLAY_ATTRIBUTES: Section = [23, 4];
export const BOUND_HOLDOUTS: Section = [25, 4];
export const FLAGS: Section = [35, 56];
export const CLAIMS: Section = [37, 4];

/** What stands for an absent index. */
export const NONE = 0xffff_ffff;

const utf8 = new TextDecoder();

export class RulesetReader {
  #bytes!: Uint8Array;
  #view!: DataView;
  readonly #strings: number;
  /** By where they begin: the compiler writes every text once. */
  readonly #names = new Map<number, string>();

  constructor(ruleset: Uint8Array) {
    this.moveTo(ruleset);
    this.#strings = this.#extent(STRINGS)[0];
  }

  /** The same bytes stand there now. */
  moveTo(ruleset: Uint8Array): void {
    this.#bytes = ruleset;
    this.#view = new DataView(ruleset.buffer, ruleset.byteOffset, ruleset.length);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  byte(at: number): number {
    return this.#bytes[at]!;
  }

  /** The 16 bytes there as hexadecimal digits. */
  digest(at: number): string {
    return hex(this.#view.getBigUint64(at), 16) + hex(this.#view.getBigUint64(at + 8), 16);
  }

  /** The u64 there as hexadecimal digits. */
  epoch(at: number): string {
    return hex(this.#view.getBigUint64(at, true), 16);
  }

  /** The text that a record holds there; undefined: none. */
  text(at: number): string | undefined {
    const offset = this.u32(at);
    if (offset === NONE) return undefined;
    // As engines keep what a program itself names: to look up any other text takes longer.
    return Object.keys({ [this.decode(this.#strings + offset, this.u32(at + 4))]: 0 })[0];
  }

  decode(start: number, length: number): string {
    return utf8.decode(this.#bytes.subarray(start, start + length));
  }

  /** The same text as `text`, which many records have: it is held once. */
  name(at: number): string {
    const offset = this.u32(at);
    let name = this.#names.get(offset);
    if (name === undefined) this.#names.set(offset, (name = this.text(at)!));
    return name;
  }

  /** Whether the text that a record holds there comes before this one, by the order of their bytes. */
  isBefore(at: number, other: Uint8Array): boolean {
    const start = this.#strings + this.u32(at);
    const length = this.u32(at + 4);
    for (let index = 0; index < length; index++) {
      // Past the other's end it is NaN: the longer text comes later.
      const difference = this.byte(start + index) - other[index]!;
      if (difference !== 0) return difference < 0;
    }
    return length < other.length;
  }

  /** How many records the section has. */
  count(section: Section): number {
    return this.#extent(section)[1] / section[1];
  }

  /** All records of a section, each read from where it begins. */
  all<T>(section: Section, read: (at: number, place: number) => T): T[] {
    return this.#records(section, 0, this.count(section), read);
  }

  /** The records of the slice that a record holds there. */
  slice<T>(at: number, section: Section, read: (at: number) => T): T[] {
    return this.#records(section, this.u32(at), this.u32(at + 4), read);
  }

  /** Where the record with this index begins. */
  record(section: Section, index: number): number {
    return this.#extent(section)[0] + index * section[1];
  }

  #records<T>(section: Section, first: number, length: number, read: (at: number, place: number) => T): T[] {
    // An array that grows takes room for more than it holds.
    const records = new Array<T>(length);
    for (let place = 0; place < length; place++) records[place] = read(this.record(section, first + place), place);
    return records;
  }

  /** Where the section lies, and its length in bytes. */
  #extent([number]: Section): [number, number] {
    const entry = HEADER_BYTES + number * DIRECTORY_ENTRY_BYTES;
    return [this.u32(entry + 4), this.u32(entry + 8)];
  }
}

/** The number in so many hexadecimal digits. */
export function hex(word: number | bigint, digits: number): string {
  return word.toString(16).padStart(digits, "0");
}
