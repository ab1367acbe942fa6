/**
 * Writes a context into the evaluator's buffer, in the layout that `edgewise_core::EncodedContext` reads in place:
 * one record of 16 bytes for each unit type, one for each attribute, one for the directives, and behind them what they
 * refer to.
 */
import type { StickyRecord } from "./answers.js";
import { isList, isPlainObject, isWellFormed, lookUp, own, UNIT_ID_BYTES, unitIdText } from "./identity.js";
import type { Tables } from "./tables.js";

const RECORD_BYTES = 16;

const MISSING = 0;
const FALSE = 1;
const TRUE = 2;
const NUMBER = 3;
const STRING = 4;
const OTHER = 5;
const LIST = 6;

/** What the host says about the draw itself, by its kind. */
const DIRECTIVE_BYTES = 32;
const STICKY = 1;
const FORCED = 2;
const COUNTER = 3;

/** Beyond this length the native encoder beats a loop over characters, measured in Node 20. */
const SHORT_STRING = 24;

/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const BYTES_PER_CODE_UNIT = 3;

const utf8 = new TextEncoder();

/** What a host may say about the draw itself. */
export interface Directives {
  /** What the unit was given before, at most 512 records; the first valid record of a layer counts. */
  readonly sticky?: readonly StickyRecord[];
  /** Experiment id to the variant that somebody with the right to do so wants to see. */
  readonly forced?: Readonly<Record<string, string>>;
  /** What experiments draw from that randomise calls rather than units: another one for each call. */
  readonly nonce?: string;
  /** Experiment id to the number of the call, for experiments whose variants take turns. */
  readonly counters?: Readonly<Record<string, number>>;
}

/** Whom a question is asked for. */
export interface Subject {
  readonly values: object;
  readonly directives: Directives;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

export class ContextEncoder {
  #bytes!: Uint8Array;
  #view!: DataView;
  /** What follows the records: the first string, mostly the unit id, is written there without a new view. */
  #rest!: Uint8Array;
  #end = 0;
  /** Whether the record of the directives says anything. Memory begins as zeros, which say nothing. */
  #directed = false;
  /** So many bytes would have been needed; 0: there was room. */
  #needed = 0;
  /** Where the records end, whose last one is that of the directives. */
  readonly #recordBytes: number;

  constructor(
    private readonly tables: Tables,
    room: Uint8Array,
  ) {
    this.#recordBytes = (tables.unitTypes.length + tables.attributes.length + 1) * RECORD_BYTES;
    this.room = room;
  }

  /** The room to write into. */
  get room(): Uint8Array {
    return this.#bytes;
  }

  set room(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#directed = false;
    this.#rest = bytes.subarray(this.#recordBytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Writes ids and directives, and attributes where they count. 0: done; else so many bytes are needed. */
  write({ values, directives }: Subject, targeted: boolean): number {
    const { unitTypes, attributes } = this.tables;
    const isPlain = isPlainObject(values);
    this.#needed = 0;
    this.#end = this.#recordBytes;
    if (!this.#has(0)) return this.#needed;
    let at = 0;
    for (let index = 0; index < unitTypes.length; index++, at += RECORD_BYTES) {
      this.#writeUnit(at, own(values, unitTypes[index]!, isPlain));
    }
    if (targeted) {
      for (let index = 0; index < attributes.length; index++, at += RECORD_BYTES) {
        this.#writeAttribute(at, lookUp(values, attributes[index]!.path, isPlain));
      }
    }
    const { sticky, forced, counters, nonce } = directives;
    const directed = (sticky ?? forced ?? counters ?? nonce) !== undefined;
    // Most contexts have none, like those before them.
    if (directed || this.#directed) this.#writeDirectives(this.#recordBytes - RECORD_BYTES, directives);
    this.#directed = directed;
    return this.#needed;
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
        this.#view.setFloat64(at + 8, value, true);
        break;
      case "boolean":
        this.#bytes[at] = value ? TRUE : FALSE;
        break;
      case "undefined":
        this.#bytes[at] = MISSING;
        break;
      default:
        this.#bytes[at] = value === null ? MISSING : OTHER;
        if (ALL_RULES && isList(value)) this.#writeList(at, value);
    }
  }

  #writeString(at: number, text: string): void {
    const start = this.#end;
    const written = this.#writeText(text);
    this.#bytes[at] = written < 0 ? OTHER : STRING;
    this.#writeWords(at + 4, written, start);
  }

  #writeList(at: number, list: readonly string[]): void {
    const start = this.#end;
    for (const text of list) {
      if (!this.#has(4)) return;
      const before = this.#end;
      this.#end += 4;
      const written = this.#writeText(text);
      if (written < 0) return;
      this.#view.setUint32(before, written, true);
    }
    this.#bytes[at] = LIST;
    this.#writeWords(at + 4, this.#end - start, start);
  }

  #writeWords(at: number, first: number, second: number): void {
    this.#view.setUint32(at, first, true);
    this.#view.setUint32(at + 4, second, true);
  }

  /** Writes the text at the end, and says how many bytes it took; negative: UTF-8 cannot say it, or there is no room. */
  #writeText(text: string): number {
    if (!this.#has(text.length * BYTES_PER_CODE_UNIT)) return -1;
    const written = this.#writeAscii(text) || this.#writeUtf8(text);
    if (written > 0) this.#end += written;
    return written;
  }

  /** How many bytes were written; 0: the text is empty, long or not ASCII. */
  #writeAscii(text: string): number {
    const length = text.length;
    if (length > SHORT_STRING) return 0;
    const bytes = this.#bytes;
    const start = this.#end;
    let bits = 0;
    // Looking at the bits once at the end is a quarter quicker than leaving the loop early.
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      bits |= code;
      bytes[start + index] = code;
    }
    return bits > 127 ? 0 : length;
  }

  /** How many bytes were written; negative: the text has half a surrogate pair. */
  #writeUtf8(text: string): number {
    const room = this.#end === this.#recordBytes ? this.#rest : this.#bytes.subarray(this.#end);
    const { written } = utf8.encodeInto(text, room);
    // As many bytes as letters: it is ASCII.
    return written === text.length || isWellFormed(text) ? written : -1;
  }

  #writeDirectives(at: number, { sticky, forced, counters, nonce }: Directives): void {
    const start = this.#end;
    if (ALL_RULES) {
      for (const { experiment, variant, iteration, epoch } of sticky ?? []) {
        const [high, low] = [0, 8].map((digit) => parseInt(epoch.slice(digit, digit + 8), 16));
        this.#writeDirective(STICKY, experiment, variant, iteration, low!, high!);
      }
      for (const [experiment, counter] of Object.entries(counters ?? {})) {
        this.#writeDirective(COUNTER, experiment, undefined, 0, counter >>> 0, Math.floor(counter / 2 ** 32));
      }
    }
    for (const [experiment, variant] of Object.entries(forced ?? {})) this.#writeDirective(FORCED, experiment, variant);
    this.#writeWords(at, start, (this.#end - start) / DIRECTIVE_BYTES);
    if (!ALL_RULES) return;
    const length = nonce ? Math.max(0, this.#writeText(nonce)) : 0;
    this.#writeWords(at + 8, this.#end - length, length);
  }

  /** Nothing where the ruleset does not know what it is about. */
  #writeDirective(kind: number, id: string, variant: string | undefined, iteration = 0, low = 0, high = 0): void {
    const { tables } = this;
    const experiment = tables.experimentIndex.get(id);
    if (experiment === undefined || !this.#has(DIRECTIVE_BYTES)) return;
    const place = variant === undefined ? 0 : tables.experiment(experiment).variants.indexOf(variant);
    if (place < 0) return;
    const words = [kind, experiment, place, iteration, low, high];
    words.forEach((word, index) => this.#view.setUint32(this.#end + index * 4, word, true));
    this.#end += DIRECTIVE_BYTES;
  }

  /** Whether so many bytes still fit. */
  #has(bytes: number): boolean {
    const needed = this.#end + bytes;
    if (needed <= this.#bytes.length) return true;
    this.#needed = Math.max(this.#needed, needed * 2);
    return false;
  }
}
