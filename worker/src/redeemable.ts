/**
 * Exposures as a bulk answer hands them back, to be sent when a flag is used: a list as JSON inside a JSON string,
 * because OpenFeature's metadata holds nothing deeper. But for a few values an exposure's text is the same for all units.
 */
import type { ExposureEvent } from "edgewise";
import type { Texts } from "./texts.js";

/** Exposures as the inside of a JSON string; and what of them does not change with every request. */
export interface Redeemable {
  readonly text: string;
  readonly meaning: string;
}

/** The exposures of one context, each written once. */
export class Redeemables {
  readonly #written = new Map<ExposureEvent, Redeemable>();
  /** Many events have the same attributes. */
  readonly #attributes = new Map<ExposureEvent["attributes"], string>();
  #unit: { readonly of: ExposureEvent; readonly text: string } | undefined;

  constructor(private readonly texts: Texts) {}

  of(exposure: ExposureEvent): Redeemable {
    let written = this.#written.get(exposure);
    if (!written) {
      // What the host said of the draw is another thing each time.
      const isUsual = (exposure.sticky ?? exposure.nonce ?? exposure.counter) === undefined;
      written = isUsual ? this.#assembled(exposure) : whole(exposure);
      this.#written.set(exposure, written);
    }
    return written;
  }

  #assembled(exposure: ExposureEvent): Redeemable {
    const { id, kind, experiment, variant, reason, unit_type, bucket } = exposure;
    const rest = this.texts.of([kind, experiment, variant, reason, unit_type], () => restOf(exposure));
    const drawn = bucket === undefined ? "" : `,\\"bucket\\":${bucket}`;
    const attributes = this.#attributesOf(exposure);
    return {
      text: `{\\"id\\":\\"${id}\\"${this.#unitOf(exposure)}${drawn}${attributes}${rest.text}`,
      meaning: rest.key + drawn + attributes,
    };
  }

  /** Whose it is and when; mostly the same as of the one before. */
  #unitOf(exposure: ExposureEvent): string {
    const { ts, units, evaluated_at, unit } = exposure;
    const known = this.#unit;
    if (known && known.of.units === units && known.of.unit === unit && known.of.ts === ts && known.of.evaluated_at === evaluated_at) {
      return known.text;
    }
    const text = inside(following({ ts, units, evaluated_at, unit }));
    this.#unit = { of: exposure, text };
    return text;
  }

  #attributesOf({ attributes }: ExposureEvent): string {
    let text = this.#attributes.get(attributes);
    if (text === undefined) this.#attributes.set(attributes, (text = inside(following({ attributes }))));
    return text;
  }
}

/** What is the same for all units, and the end of the text. */
function restOf(exposure: ExposureEvent): string {
  const { id: _id, ts: _ts, units: _units, evaluated_at: _at, unit: _unit, bucket: _bucket, attributes: _, ...rest } = exposure;
  return `${inside(following(rest))}}`;
}

function whole(exposure: ExposureEvent): Redeemable {
  const { id: _id, ts: _ts, ruleset: _ruleset, evaluated_at: _at, ...lasting } = exposure;
  return { text: inside(JSON.stringify(exposure)), meaning: JSON.stringify(lasting) };
}

/** Further members of an object, with the comma before them. */
function following(members: object): string {
  return `,${JSON.stringify(members).slice(1, -1)}`;
}

/** A text as it stands inside a JSON string. */
function inside(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
