/** What a host may say about the draw itself. None of it in `edgewise/lite`. */
import type { StickyRecord } from "./answers.js";
import type { ContextEncoder } from "./encoder.js";

/** What a host may say about the draw itself. `edgewise/lite` takes none of it. */
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

const DIRECTIVE_BYTES = 32;
const STICKY = 1;
const FORCED = 2;
const COUNTER = 3;

/** The most sticky records that an exposure event takes (`analysis/schema/event.schema.json`). */
const MOST_STICKY_RECORDS = 512;

export function hasDirectives({ sticky, forced, counters, nonce }: Directives): boolean {
  return (sticky ?? forced ?? counters ?? nonce) !== undefined;
}

/** @throws {TypeError} `sticky` has too many records. */
export function checkDirectives({ sticky }: Directives): void {
  if (!sticky || sticky.length <= MOST_STICKY_RECORDS) return;
  const way = "hand in only those whose experiment and iteration are among edgewise.experiments";
  throw new TypeError(`sticky takes at most ${MOST_STICKY_RECORDS} records, not ${sticky.length}: ${way}`);
}

/** Writes all of them at the end, and where they are into the record at this place. */
export function writeDirectives(
  encoder: ContextEncoder,
  at: number,
  { sticky, forced, counters, nonce }: Directives,
): void {
  const start = encoder.end;
  for (const { experiment, variant, iteration, epoch } of sticky ?? []) {
    const [high, low] = [0, 8].map((digit) => parseInt(epoch.slice(digit, digit + 8), 16));
    writeDirective(encoder, STICKY, experiment, variant, iteration, low!, high!);
  }
  for (const [experiment, counter] of Object.entries(counters ?? {})) {
    writeDirective(encoder, COUNTER, experiment, undefined, 0, counter >>> 0, Math.floor(counter / 2 ** 32));
  }
  for (const [experiment, variant] of Object.entries(forced ?? {})) {
    writeDirective(encoder, FORCED, experiment, variant);
  }
  encoder.writeWords(at, start, (encoder.end - start) / DIRECTIVE_BYTES);
  const length = nonce ? Math.max(0, encoder.writeText(nonce)) : 0;
  encoder.writeWords(at + 8, encoder.end - length, length);
}

/** Nothing where the ruleset does not know what it is about. */
function writeDirective(
  encoder: ContextEncoder,
  kind: number,
  id: string,
  variant: string | undefined,
  iteration = 0,
  low = 0,
  high = 0,
): void {
  const { tables, view } = encoder;
  const experiment = tables.experimentPlaces.find(id);
  if (experiment === undefined || !encoder.has(DIRECTIVE_BYTES)) return;
  const place = variant === undefined ? 0 : tables.experiment(experiment).variants.indexOf(variant);
  if (place < 0) return;
  const words = [kind, experiment, place, iteration, low, high];
  words.forEach((word, index) => view.setUint32(encoder.end + index * 4, word, true));
  encoder.end += DIRECTIVE_BYTES;
}
