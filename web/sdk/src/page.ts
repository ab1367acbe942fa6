import type { Delivery, TrackingDetails } from "edgewise/delivery";
import type { Answer, FlagAnswer, FlagFallback, FlagId, FlagValueOr } from "edgewise/lite";
import type { Source } from "./answering.js";
import { Answering } from "./answering.js";
import type { ForcedLink, ForcedVariants } from "./forced.js";
import { Forcing } from "./forced.js";
import type { LoadOptions } from "./options.js";
import { Telling } from "./telling.js";
import type { Values } from "./visitor.js";
import { Visitor } from "./visitor.js";

/** One visitor on one page. */
export class Page {
  readonly #visitor: Visitor;
  readonly #forcing: Forcing;
  readonly #answering: Answering;
  readonly #telling: Telling;

  /** @internal */
  constructor(rulesetUrl: URL, options: LoadOptions) {
    this.#visitor = new Visitor(options);
    this.#forcing = new Forcing(this.#visitor.storage);
    this.#answering = new Answering(rulesetUrl, options, this.#visitor, this.#forcing);
    const eventsUrl = options.eventsUrl ?? new URL("events", rulesetUrl).href;
    this.#telling = new Telling(eventsUrl, this.#visitor, this.#answering);
  }

  /** Resolves when it is settled who answers. Never rejects. */
  get ready(): Promise<void> {
    return this.#answering.ready;
  }

  get source(): Source {
    return this.#answering.source;
  }

  /** What went wrong last with the ruleset or the worker, if anything did. */
  get problem(): Error | undefined {
    return this.#answering.problem;
  }

  /** Unit ids and attributes as the page gave them. */
  get context(): Values {
    return this.#visitor.values;
  }

  /** Whether the visitor is told apart and told about. */
  get consent(): boolean {
    return this.#visitor.consent;
  }

  /** The flag's value, to be used now: that is an exposure where an experiment decides. Unknown flags: `fallback`. */
  get<F extends FlagId, T extends FlagFallback<F>>(flag: F, fallback: T): FlagValueOr<F, T> {
    this.exposeFlag(flag);
    return this.peek(flag, fallback);
  }

  /** The variant's id, to be used now: that is an exposure. Null: the visitor is in none. */
  variant(experiment: string): string | null {
    this.exposeExperiment(experiment);
    return this.#answering.answers.variant(experiment).variant;
  }

  /** What {@link get} would answer, without using it: nobody is exposed. */
  peek<F extends FlagId, T extends FlagFallback<F>>(flag: F, fallback: T): FlagValueOr<F, T> {
    return this.#answering.answers.value<unknown>(flag, fallback) as FlagValueOr<F, T>;
  }

  /** The flag's value and why, without using it: nobody is exposed. */
  evaluate(flag: string): FlagAnswer {
    return this.#answering.answers.evaluate(flag);
  }

  /** The experiment's answer and why, without using it: nobody is exposed. */
  answer(experiment: string): Answer {
    return this.#answering.answers.variant(experiment);
  }

  /** What the experiments that claim the flag answer, in order, where the ruleset is in the page. Nobody is exposed. */
  claims(flag: string): readonly Answer[] {
    return this.#answering.answers.claims(flag).map((experiment) => this.answer(experiment));
  }

  /** The answers of all experiments, without using them: nobody is exposed. */
  assignments(): Answer[] {
    return this.#answering.answers.assignments();
  }

  /** Tells that the flag's value, which was looked at before, is used. */
  exposeFlag(flag: string): void {
    this.#telling.expose(this.#answering.answers.exposuresOfFlag(flag));
  }

  /** Tells that the experiment's answer, which was looked at before, is used. */
  exposeExperiment(experiment: string): void {
    this.#telling.expose(this.#answering.answers.exposuresOf(experiment));
  }

  /** Tells that the visitor did something: what it is worth, where metrics sum that up, and whatever else is known. */
  track(name: string, details: TrackingDetails = {}): void {
    this.#telling.tell("track", name, details);
  }

  /** Tells what the visitor thinks: `value` a rating, `sentiment` positive, neutral, negative or a number. */
  feedback(name: string, details: TrackingDetails = {}): void {
    this.#telling.tell("feedback", name, details);
  }

  /**
   * Tells that the visitor has these ids, like `{ user: "u_42" }` after signing in, so that what they met before belongs
   * to what they do from now on; from now on they are part of the context.
   */
  async identify(ids: Readonly<Record<string, string | number>>): Promise<void> {
    await this.update(ids);
    // A single id is linked with nothing.
    if (Object.keys(this.#telling.units).length > 1) this.#telling.tell("identify");
  }

  /**
   * Adds to what is known of the visitor, or corrects it; undefined takes something away. The ruleset in the page answers
   * by it at once; where the worker answers, wait for it.
   */
  async update(values: Values): Promise<void> {
    this.#visitor.values = { ...this.#visitor.values, ...values };
    await this.#answering.ask();
  }

  /** What the visitor says now about being told apart and told about. No: whatever was kept in the browser is removed. */
  async setConsent(consent: boolean): Promise<void> {
    if (consent === this.#visitor.consent) return;
    if (!consent) this.#telling.clear();
    this.#visitor.consent = consent;
    await this.#answering.ask();
  }

  /** Asks for the ruleset again. What answers stays until the new one is there, and if there is none. */
  refresh(): Promise<void> {
    return this.#answering.refresh();
  }

  /** Which variants are forced in this browser, by a signed link or by {@link force}. */
  get forced(): ForcedVariants {
    return this.#forcing.variants;
  }

  /** The signed link that forces variants, if the visitor came by one: pages that the edge worker changes show the same. */
  get forcedLink(): ForcedLink | undefined {
    return this.#forcing.link;
  }

  /**
   * Shows this visitor a variant whatever the draw; null: the drawn one again. Forced answers expose nobody. It counts for
   * this browser's scripts, and for the edge worker where a signed link allows it. Rejects where a signed link decides
   * otherwise.
   */
  async force(experiment: string, variant: string | null): Promise<void> {
    await this.#forcing.choose(experiment, variant);
    // The small evaluator forces none, so another one may be needed.
    await this.refresh();
  }

  /** The experiments and their variants, where the ruleset is in the page. */
  get experiments(): readonly { readonly id: string; readonly variants: readonly string[] }[] {
    return this.#answering.ruleset?.experiments ?? [];
  }

  /** The digest of the ruleset in the page. */
  get digest(): string | undefined {
    return this.#answering.ruleset?.digest;
  }

  /** The unit types of the ruleset in the page. */
  get unitTypes(): readonly string[] {
    return this.#answering.ruleset?.unitTypes ?? [];
  }

  /** Opens a small panel in the page that forces variants. Its code is fetched now. */
  async panel(): Promise<void> {
    const { openPanel } = await import("./panel.js");
    openPanel(this);
  }

  /** Calls `listener` whenever answers may have changed; call what it returns to end that. */
  subscribe(listener: () => void): () => void {
    return this.#answering.subscribe(listener);
  }

  /** Sends what waits, now. Resolves when the collector has answered, or cannot be reached for the time being. */
  flush(): Promise<Delivery> {
    return this.#telling.flush();
  }

  /** Follows no new rulesets any more, and sends what waits. */
  close(): Promise<Delivery> {
    this.#answering.close();
    return this.flush();
  }
}
