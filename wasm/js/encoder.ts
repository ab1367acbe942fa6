/**
 * Writes a context into the evaluator's buffer, in the layout that `edgewise_core::EncodedContext` reads in place:
 * one record of 16 bytes for each unit type, one for each attribute, one for the directives, and behind them what they
 * refer to.
 */
import { type Directives, hasDirectives, writeDirectives } from "./directives.js";
import { isList, isPlainObject, isWellFormed, lookUp, own, UNIT_ID_BYTES, unitIdText } from "./identity.js";
import type { Attribute, Tables } from "./tables.js";

export const RECORD_BYTES = 16;

/** The first byte of a record. */
const enum Tag {
  Missing,
  False,
  True,
  Number,
  String,
  Other,
  List,
}

/** Beyond this length the native encoder beats a loop over characters, measured in Node 20. */
const SHORT_STRING = 24;

/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const BYTES_PER_CODE_UNIT = 3;

const NONE: readonly Attribute[] = [];

const utf8 = new TextEncoder();

/** Whom a question is asked for. */
export interface Subject {
  readonly values: object;
  readonly directives: Directives;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

export class ContextEncoder {
  readonly tables: Tables;
  bytes!: Uint8Array;
  view!: DataView;
  /** Where what follows the records ends. */
  end = 0;
  /** What follows the records: the first string, mostly the unit id, is written there without a new view. */
  #rest!: Uint8Array;
  /** Whom the bytes are about. */
  #subject: Subject | undefined;
  /** Its attributes that stand there; all others may be of subjects before. */
  #attributes = NONE;
  /** Whether the record of the directives says anything. Memory begins as zeros, which say nothing. */
  #directed = false;
  /** So many bytes would have been needed; 0: there was room. */
  #needed = 0;
  /** Where the records end, whose last one is that of the directives. */
  readonly #recordBytes: number;

  /** It writes into this room. */
  constructor(tables: Tables, room: Uint8Array) {
    this.tables = tables;
    this.#recordBytes = (tables.unitTypes.length + tables.attributes.length + 1) * RECORD_BYTES;
    this.moveTo(room);
  }

  moveTo(room: Uint8Array): void {
    this.bytes = room;
    this.view = new DataView(room.buffer, room.byteOffset, room.length);
    this.#rest = room.subarray(this.#recordBytes);
    this.#subject = undefined;
    this.#directed = false;
  }

  /** Writes the subject's ids and directives, and at least these attributes. 0: done; else so many bytes are needed. */
  write(subject: Subject, attributes: readonly Attribute[]): number {
    this.#needed = 0;
    if (this.#subject !== subject) {
      this.#subject = undefined;
      this.#writeUnits(subject);
      if (this.#needed) return this.#needed;
      this.#subject = subject;
      this.#attributes = NONE;
    }
    const every = this.tables.attributes;
    const before = this.#attributes;
    if (attributes.length > 0 && attributes !== before && before !== every) {
      // One experiment's, and whoever asks for a second one gets all: no string is written more than twice.
      const wanted = before.length > 0 ? every : attributes;
      this.#writeAttributes(subject.values, wanted);
      if (!this.#needed) this.#attributes = wanted;
    }
    return this.#needed;
  }

  #writeUnits({ values, directives }: Subject): void {
    const { unitTypes } = this.tables;
    const isPlain = isPlainObject(values);
    this.end = this.#recordBytes;
    if (!this.has(0)) return;
    for (let index = 0; index < unitTypes.length; index++) {
      this.#writeUnit(index * RECORD_BYTES, own(values, unitTypes[index]!, isPlain));
    }
    if (ALL_RULES) {
      const directed = hasDirectives(directives);
      // Most contexts have none, like those before them.
      if (directed || this.#directed) writeDirectives(this, this.#recordBytes - RECORD_BYTES, directives);
      this.#directed = directed;
    }
  }

  #writeAttributes(values: object, attributes: readonly Attribute[]): void {
    const isPlain = isPlainObject(values);
    for (let index = 0; index < attributes.length; index++) {
      const { at, path } = attributes[index]!;
      this.#writeAttribute(at, lookUp(values, path, isPlain));
    }
  }

  #writeUnit(at: number, value: unknown): void {
    const text = unitIdText(value);
    if (text === undefined) {
      this.bytes[at] = Tag.Missing;
    } else if (text === null || text.length > UNIT_ID_BYTES) {
      this.bytes[at] = Tag.Other;
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
        this.bytes[at] = Number.isFinite(value) ? Tag.Number : Tag.Other;
        this.view.setFloat64(at + 8, value, true);
        break;
      case "boolean":
        this.bytes[at] = value ? Tag.True : Tag.False;
        break;
      default:
        this.bytes[at] = value == null ? Tag.Missing : Tag.Other;
        if (ALL_RULES && isList(value)) writeList(this, at, value);
    }
  }

  #writeString(at: number, text: string): void {
    const start = this.end;
    const written = this.writeText(text);
    this.bytes[at] = written < 0 ? Tag.Other : Tag.String;
    this.writeWords(at + 4, written, start);
  }

  writeWords(at: number, first: number, second: number): void {
    this.view.setUint32(at, first, true);
    this.view.setUint32(at + 4, second, true);
  }

  /** Writes the text at the end, and says how many bytes it took; negative: UTF-8 cannot say it, or there is no room. */
  writeText(text: string): number {
    if (!this.has(text.length * BYTES_PER_CODE_UNIT)) return -1;
    const written = this.#writeAscii(text) || this.#writeUtf8(text);
    if (written > 0) this.end += written;
    return written;
  }

  /** How many bytes were written; 0: the text is empty, long or not ASCII. */
  #writeAscii(text: string): number {
    const length = text.length;
    if (length > SHORT_STRING) return 0;
    const { bytes, end } = this;
    let bits = 0;
    // Looking at the bits once at the end is a quarter quicker than leaving the loop early.
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      bits |= code;
      bytes[end + index] = code;
    }
    return bits > 127 ? 0 : length;
  }

  /** How many bytes were written; negative: the text has half a surrogate pair. */
  #writeUtf8(text: string): number {
    const room = this.end === this.#recordBytes ? this.#rest : this.bytes.subarray(this.end);
    const { written } = utf8.encodeInto(text, room);
    // As many bytes as letters: it is ASCII.
    return written === text.length || isWellFormed(text) ? written : -1;
  }

  /** Whether so many bytes still fit. */
  has(bytes: number): boolean {
    const needed = this.end + bytes;
    if (needed <= this.bytes.length) return true;
    this.#needed = Math.max(this.#needed, needed * 2);
    return false;
  }
}

function writeList(encoder: ContextEncoder, at: number, list: readonly string[]): void {
  const start = encoder.end;
  for (const text of list) {
    if (!encoder.has(4)) return;
    const before = encoder.end;
    encoder.end += 4;
    const written = encoder.writeText(text);
    if (written < 0) return;
    encoder.view.setUint32(before, written, true);
  }
  encoder.bytes[at] = Tag.List;
  encoder.writeWords(at + 4, encoder.end - start, start);
}
