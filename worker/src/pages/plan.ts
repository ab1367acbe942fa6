/**
 * Which experiments concern which pages. A page is in an experiment where any of its variants changes it, so that
 * whoever gets another variant there is exposed as well: else only those who see a change would count.
 */
import type { Edgewise, Flag } from "edgewise";
import type { PageChanges } from "./changes.js";
import { readChanges } from "./changes.js";
import { problemOf } from "./rewriting.js";

/** Flags of these names are about pages. */
const PREFIX = "page.";

/** So many units are tried until one meets the experiment; others of its layer may take the first ones. */
const TRIES = 64;

interface PageFlag {
  readonly id: string;
  readonly claimedBy: Flag["claimedBy"];
  readonly paths: RegExp;
}

/** The flags of a ruleset that are about pages. Made once a ruleset. */
export class PagePlan {
  readonly #flags: readonly PageFlag[];
  readonly #read = new Map<unknown, PageChanges | undefined>();

  constructor(ruleset: Edgewise) {
    this.#flags = ruleset.flags
      .filter(({ id }) => id.startsWith(PREFIX))
      .map(({ id, claimedBy }) => {
        const values = [...new Set([ruleset.context({}).evaluate(id).value, ...claimedBy.flatMap((experiment) => valuesOf(ruleset, id, experiment))])];
        const paths = values.flatMap((value) => this.read(value)?.paths ?? []);
        return { id, claimedBy, paths: anyOf(paths) };
      });
  }

  /** The flags that may change the page at this path, in the order of their ids. */
  flagsAt(path: string): readonly PageFlag[] {
    return this.#flags.filter(({ paths }) => paths.test(path));
  }

  /** What a flag's value does to the page at this path; undefined: nothing. */
  changesAt(value: unknown, path: string): PageChanges | undefined {
    const changes = this.read(value);
    return changes && anyOf(changes.paths).test(path) ? changes : undefined;
  }

  /** The value as checked changes. Values are frozen and the same objects each time, so each is read once. */
  read(value: unknown): PageChanges | undefined {
    if (!this.#read.has(value)) this.#read.set(value, checked(value));
    return this.#read.get(value);
  }
}

/** The flag's value in each variant of the experiment. */
function valuesOf(ruleset: Edgewise, flag: string, experiment: string): unknown[] {
  const variants = ruleset.experiments.find(({ id }) => id === experiment)?.variants ?? [];
  return variants.flatMap((variant) => {
    for (let unit = 0; unit < TRIES; unit++) {
      const ids = Object.fromEntries(ruleset.unitTypes.map((type) => [type, `page ${unit}`]));
      const answer = ruleset.context(ids, { forced: { [experiment]: variant } }).evaluate(flag);
      if (answer.experiment === experiment) return [answer.value];
    }
    return [];
  });
}

function checked(value: unknown): PageChanges | undefined {
  const changes = readChanges(value);
  const problem = typeof changes === "string" ? changes : problemOf(changes.changes);
  if (problem === undefined) return changes as PageChanges;
  console.error(`a page flag's value changes nothing: ${problem}; it is ${JSON.stringify(value)}`);
  return undefined;
}

/** Matches any of these paths; of none, none. */
function anyOf(paths: readonly string[]): RegExp {
  const patterns = paths.map((path) => path.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*"));
  return patterns.length === 0 ? /(?!)/ : new RegExp(`^(?:${patterns.join("|")})$`);
}
