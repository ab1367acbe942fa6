/**
 * Writes a context into the evaluator's buffer, in the layout that `edgewise_core::EncodedContext` reads in place:
 * one record of 16 bytes for each unit type, one for each attribute, the strings behind them.
 */
import { isWellFormed, lookUp, own, UNIT_ID_BYTES, unitIdText } from "./identity.js";

const RECORD_BYTES = 16;

const MISSING = 0;
const FALSE = 1;
const TRUE = 2;
const NUMBER = 3;
const STRING = 4;
const OTHER = 5;

/** Beyond this length the native encoder beats a loop over characters, measured in Node 20. */
const SHORT_STRING = 24;

/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const BYTES_PER_CODE_UNIT = 3;

const utf8 = new TextEncoder();

/** The buffer as it lies in the evaluator's memory now, or made to hold at least so many bytes. */
export interface Region {
  view(): Uint8Array;
  grow(bytes: number): Uint8Array;
}

export class ContextEncoder {
  #bytes: Uint8Array = new Uint8Array(0);
  #numbers = new DataView(this.#bytes.buffer);
  /** What follows the records: the first string, mostly the unit id, is written there without a new view. */
  #strings = this.#bytes;
  #end = 0;

  /** How many bytes the records take, strings apart. */
  readonly recordBytes: number;

  constructor(
    private readonly region: Region,
    private readonly unitTypes: readonly string[],
    private readonly attributes: readonly { readonly path: readonly string[] }[],
  ) {
    this.recordBytes = (unitTypes.length + attributes.length) * RECORD_BYTES;
  }

  /** Writes the unit ids. Call it first for every context. */
  writeUnits(values: object): void {
    this.#follow();
    const unitTypes = this.unitTypes;
    this.#end = this.recordBytes;
    for (let index = 0; index < unitTypes.length; index++) {
      this.#writeUnit(index * RECORD_BYTES, own(values, unitTypes[index]!));
    }
  }

  /** Writes the attributes behind the unit ids. */
  writeAttributes(values: object): void {
    this.#follow();
    const attributes = this.attributes;
    let at = this.unitTypes.length * RECORD_BYTES;
    for (let index = 0; index < attributes.length; index++, at += RECORD_BYTES) {
      this.#writeAttribute(at, lookUp(values, attributes[index]!.path));
    }
  }

  #writeUnit(at: number, value: unknown): void {
    const text = unitIdText(value);
    if (text === undefined) {
      this.#bytes[at] = MISSING;
    } else if (text === null || text.length > UNIT_ID_BYTES) {
      this.#bytes[at] = OTHER;
    } else {
      this.#writeString(at, text);
    }
  }

  #writeAttribute(at: number, value: unknown): void {
    switch (typeof value) {
      case "string":
        this.#writeString(at, value);
        break;
      case "number":
        this.#bytes[at] = Number.isFinite(value) ? NUMBER : OTHER;
        this.#numbers.setFloat64(at + 8, value, true);
        break;
      case "boolean":
        this.#bytes[at] = value ? TRUE : FALSE;
        break;
      case "undefined":
        this.#bytes[at] = MISSING;
        break;
      default:
        this.#bytes[at] = value === null ? MISSING : OTHER;
    }
  }

  #writeString(at: number, text: string): void {
    const start = this.#end;
    const longest = start + text.length * BYTES_PER_CODE_UNIT;
    if (longest > this.#bytes.length) this.#use(this.region.grow(longest));
    const written = this.#writeAscii(text, start) || this.#writeUtf8(text, start);
    this.#bytes[at] = written < 0 ? OTHER : STRING;
    if (written < 0) return;
    this.#numbers.setUint32(at + 4, written, true);
    this.#numbers.setUint32(at + 8, start, true);
    this.#end = start + written;
  }

  /** How many bytes were written; 0: the text is empty, long or not ASCII. */
  #writeAscii(text: string, start: number): number {
    const length = text.length;
    if (length > SHORT_STRING) return 0;
    const bytes = this.#bytes;
    let bits = 0;
    // Looking at the bits once at the end is a quarter quicker than leaving the loop early.
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      bits |= code;
      bytes[start + index] = code;
    }
    return bits > 127 ? 0 : length;
  }

  /** How many bytes were written; negative: the text has half a surrogate pair, which UTF-8 cannot say. */
  #writeUtf8(text: string, start: number): number {
    const room = start === this.recordBytes ? this.#strings : this.#bytes.subarray(start);
    const { written } = utf8.encodeInto(text, room);
    // As many bytes as letters: it is ASCII.
    return written === text.length || isWellFormed(text) ? written : -1;
  }

  /** A view on memory that has grown since is detached, and its length is 0. */
  #follow(): void {
    if (this.#bytes.length === 0) this.#use(this.region.view());
  }

  #use(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#strings = bytes.subarray(this.recordBytes);
    this.#numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}
