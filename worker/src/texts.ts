/** JSON texts that are the same for many units, each written once a ruleset. */
import type { Edgewise } from "edgewise";

const TEXTS = new WeakMap<Edgewise, Texts>();

/** Those of a ruleset: they go when it goes. */
export function textsOf(ruleset: Edgewise): Texts {
  let texts = TEXTS.get(ruleset);
  if (!texts) TEXTS.set(ruleset, (texts = new Texts()));
  return texts;
}

/** A text, and what it was written for: as JSON, because names may hold any character. */
export interface Text {
  readonly text: string;
  readonly key: string;
}

type Key = string | number | null | undefined;
type Branch = Map<Key, Branch | Text>;

/** By names and numbers that the ruleset alone decides about, so that there is an end to them. */
export class Texts {
  readonly #root: Branch = new Map();

  /** The text for these words; as many of them each time, where the first is the same. Names are looked up quicker than a text of them all. */
  of(words: readonly Key[], write: () => string): Text {
    let branch = this.#root;
    const last = words.length - 1;
    for (let place = 0; place < last; place++) {
      let next = branch.get(words[place]) as Branch | undefined;
      if (!next) branch.set(words[place], (next = new Map()));
      branch = next;
    }
    let text = branch.get(words[last]) as Text | undefined;
    if (!text) branch.set(words[last], (text = { text: write(), key: JSON.stringify(words) }));
    return text;
  }
}
