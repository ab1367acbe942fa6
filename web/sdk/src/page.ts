import { Edgewise, uuidv7 } from "edgewise";
import type { Answer, Context, FlagAnswer } from "edgewise";
import type { Delivery } from "./queue.js";
import { EventQueue } from "./queue.js";

/** Whom the page is shown to, and where its events go. */
export interface LoadOptions {
  /** Unit ids and attributes, like `{ user: "u_1", country: "IN" }`. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Where events are sent. Default: `events` beside the ruleset, so `/v1/events` for `/v1/ruleset`. */
  readonly eventsUrl?: string;
}

/** What OpenFeature's tracking calls by this name: a value, and properties beside it. */
export interface TrackingDetails {
  readonly value?: number;
  readonly [property: string]: unknown;
}

/**
 * Fetches the ruleset and opens it. The browser's own cache keeps it as long as the server's `Cache-Control` says, and
 * then asks by its ETag: an unchanged one is not sent again.
 *
 * @throws where the ruleset cannot be fetched, or is none. Catch it and go on with the page's own defaults.
 */
export async function load(rulesetUrl: string, options: LoadOptions): Promise<Page> {
  const url = new URL(rulesetUrl, location.href);
  const response = await fetch(url, { credentials: "omit" });
  if (!response.ok) throw new Error(`no ruleset at ${url}: the server answered with status ${response.status}`);
  const ruleset = await Edgewise.load(await response.arrayBuffer());
  return new Page(ruleset, options.context, new EventQueue(options.eventsUrl ?? new URL("events", url).href));
}

/** One visitor on one page. */
export class Page {
  #context: Context;
  readonly #told = new Set<string>();

  /** @internal */
  constructor(
    private readonly ruleset: Edgewise,
    private values: Readonly<Record<string, unknown>>,
    private readonly queue: EventQueue,
  ) {
    this.#context = ruleset.context(values);
  }

  /** Adds to what is known of the visitor, or corrects it; undefined takes something away. */
  update(values: Readonly<Record<string, unknown>>): void {
    this.values = { ...this.values, ...values };
    this.#context = this.ruleset.context(this.values);
  }

  /** The flag's value, to be used now: that is an exposure where an experiment decides. Unknown flags: `fallback`. */
  get<T>(flag: string, fallback: T): T {
    const claims = this.ruleset.flags.find(({ id }) => id === flag)?.claimedBy ?? [];
    const { experiment } = this.#context.evaluate(flag);
    // Those behind the one that decides were not asked.
    const asked = experiment === null ? claims : claims.slice(0, claims.indexOf(experiment) + 1);
    for (const each of asked) this.#expose(each);
    return this.#context.get(flag, fallback);
  }

  /** The variant's id, to be used now: that is an exposure. Null: the visitor is in none. */
  variant(experiment: string): string | null {
    this.#expose(experiment);
    return this.#context.variant(experiment).variant;
  }

  /** What {@link get} would answer, and why, without using it: nobody is exposed. */
  evaluate(flag: string): FlagAnswer {
    return this.#context.evaluate(flag);
  }

  /** The answers of all experiments, without using them: nobody is exposed. */
  assignments(): Answer[] {
    return this.#context.assignments();
  }

  /** Tells that the visitor did something: what it is worth, where metrics sum that up, and whatever else is known. */
  track(name: string, details: TrackingDetails = {}): void {
    const { value, ...properties } = details;
    this.queue.add({
      id: uuidv7(),
      type: "track",
      ts: new Date().toISOString(),
      ...(this.ruleset.tenant === undefined ? {} : { tenant: this.ruleset.tenant }),
      units: this.#context.units(),
      name,
      ...(value === undefined ? {} : { value }),
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
    });
  }

  /** Sends what waits, now. Resolves when the collector has answered, or cannot be reached for the time being. */
  flush(): Promise<Delivery> {
    return this.queue.flush();
  }

  /** Tells, once, what the use of the experiment's answer exposes the visitor to: itself, and its holdouts. */
  #expose(experiment: string): void {
    for (const exposure of this.#context.exposures(experiment)) {
      const { unit_type, unit, variant, epoch } = exposure;
      const key = JSON.stringify([unit_type, unit, exposure.experiment, variant, epoch]);
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      this.queue.add(exposure);
    }
  }
}
