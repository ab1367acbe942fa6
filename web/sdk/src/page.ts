import { uuidv7 } from "edgewise/lite";
import type { Answer, ExposureEvent, FlagAnswer, FlagFallback, FlagId, FlagValueOr } from "edgewise/lite";
import { eventOf } from "edgewise/delivery";
import type { Delivery, TrackingDetails } from "edgewise/delivery";
import type { Answers } from "./answers.js";
import { consents } from "./consent.js";
import { ToldExposures } from "./exposures.js";
import type { ForcedLink, ForcedVariants } from "./forced.js";
import { Forcing } from "./forced.js";
import { Identity } from "./identity.js";
import { LocalAnswers } from "./local.js";
import type { LoadOptions } from "./options.js";
import { EventQueue } from "./queue.js";
import { evaluateRemotely, NO_ANSWERS, RemoteAnswers } from "./remote.js";
import type { Opened, RulesetSource } from "./ruleset.js";
import { forgetRulesets, openRuleset } from "./ruleset.js";
import { keepRecord, recordsOf } from "./sticky.js";
import { Storage } from "./storage.js";
import { announced, follow } from "./stream.js";

/**
 * Who answers: the ruleset from the network or as it was kept from another day, the edge worker, what the server
 * rendered into the page, or nobody.
 */
export type Source = "network" | "cache" | "worker" | "bootstrap" | "none";

/** A name of the context under which these stand is a unit type, where there is no ruleset to say it. */
const USUAL_UNITS = ["user", "device", "session", "tenant"];

type Values = Readonly<Record<string, unknown>>;

/** One visitor on one page. */
export class Page {
  /** Resolves when it is settled who answers. Never rejects. */
  readonly ready: Promise<void>;
  #answers: Answers = NO_ANSWERS;
  #source: Source = "none";
  #problem: Error | undefined;
  #opened: Opened | undefined;
  #values: Values;
  #consent: boolean;
  /** They count what was asked of the network: a slow answer to an older question is dropped. */
  #refreshes = 0;
  #evaluations = 0;
  readonly #storage = new Storage(() => this.#consent);
  readonly #forcing = new Forcing(this.#storage);
  readonly #identity: Identity | undefined;
  readonly #told: ToldExposures;
  readonly #queue: EventQueue;
  readonly #listeners = new Set<() => void>();
  #followed: string | undefined;
  #stopFollowing: (() => void) | undefined;

  /** @internal */
  constructor(
    private readonly rulesetUrl: URL,
    private readonly options: LoadOptions,
  ) {
    const { anonymous = {}, bootstrap, context = {}, live } = options;
    this.#consent = consents(options.consent);
    this.#values = context;
    this.#identity = anonymous === false ? undefined : new Identity(this.#storage, anonymous);
    this.#told = new ToldExposures(this.#storage, Date.now());
    this.#queue = new EventQueue(options.eventsUrl ?? new URL("events", rulesetUrl).href, this.#storage);
    if (!this.#consent) this.#forget();
    if (bootstrap) {
      this.#forcing.evaluated(bootstrap);
      this.#answers = new RemoteAnswers(bootstrap);
      this.#source = "bootstrap";
    }
    if (typeof live === "string") this.#follow(new URL(live, location.href));
    else if (live) this.#followAnnounced(bootstrap);
    addEventListener("online", () => {
      if (!this.#opened) void this.refresh();
    });
    this.ready = this.#arrive(false);
  }

  get source(): Source {
    return this.#source;
  }

  /** What went wrong last with the ruleset or the worker, if anything did. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  /** Unit ids and attributes as the page gave them. */
  get context(): Values {
    return this.#values;
  }

  /** Whether the visitor is told apart and told about. */
  get consent(): boolean {
    return this.#consent;
  }

  /** The flag's value, to be used now: that is an exposure where an experiment decides. Unknown flags: `fallback`. */
  get<F extends FlagId, T extends FlagFallback<F>>(flag: F, fallback: T): FlagValueOr<F, T> {
    this.exposeFlag(flag);
    return this.peek(flag, fallback);
  }

  /** The variant's id, to be used now: that is an exposure. Null: the visitor is in none. */
  variant(experiment: string): string | null {
    this.exposeExperiment(experiment);
    return this.#answers.variant(experiment).variant;
  }

  /** What {@link get} would answer, without using it: nobody is exposed. */
  peek<F extends FlagId, T extends FlagFallback<F>>(flag: F, fallback: T): FlagValueOr<F, T> {
    return this.#answers.value<unknown>(flag, fallback) as FlagValueOr<F, T>;
  }

  /** The flag's value and why, without using it: nobody is exposed. */
  evaluate(flag: string): FlagAnswer {
    return this.#answers.evaluate(flag);
  }

  /** The experiment's answer and why, without using it: nobody is exposed. */
  answer(experiment: string): Answer {
    return this.#answers.variant(experiment);
  }

  /** What the experiments that claim the flag answer, in order, where the ruleset is in the page. Nobody is exposed. */
  claims(flag: string): readonly Answer[] {
    return this.#answers.claims(flag).map((experiment) => this.answer(experiment));
  }

  /** The answers of all experiments, without using them: nobody is exposed. */
  assignments(): Answer[] {
    return this.#answers.assignments();
  }

  /** Tells that the flag's value, which was looked at before, is used. */
  exposeFlag(flag: string): void {
    this.#expose(this.#answers.exposuresOfFlag(flag));
  }

  /** Tells that the experiment's answer, which was looked at before, is used. */
  exposeExperiment(experiment: string): void {
    this.#expose(this.#answers.exposuresOf(experiment));
  }

  /** Tells that the visitor did something: what it is worth, where metrics sum that up, and whatever else is known. */
  track(name: string, details: TrackingDetails = {}): void {
    this.#tell("track", name, details);
  }

  /** Tells what the visitor thinks: `value` a rating, `sentiment` positive, neutral, negative or a number. */
  feedback(name: string, details: TrackingDetails = {}): void {
    this.#tell("feedback", name, details);
  }

  /**
   * Tells that the visitor has these ids, like `{ user: "u_42" }` after signing in, so that what they met before belongs
   * to what they do from now on; from now on they are part of the context.
   */
  async identify(ids: Readonly<Record<string, string | number>>): Promise<void> {
    await this.update(ids);
    const units = this.#units();
    // A single id is linked with nothing.
    if (Object.keys(units).length > 1) this.#tell("identify");
  }

  /**
   * Adds to what is known of the visitor, or corrects it; undefined takes something away. The ruleset in the page answers
   * by it at once; where the worker answers, wait for it.
   */
  async update(values: Values): Promise<void> {
    this.#values = { ...this.#values, ...values };
    await this.#ask();
  }

  /** What the visitor says now about being told apart and told about. No: whatever was kept in the browser is removed. */
  async setConsent(consent: boolean): Promise<void> {
    if (consent === this.#consent) return;
    this.#consent = consent;
    if (!consent) this.#forget();
    await this.#ask();
  }

  /** Asks for the ruleset again. What answers stays until the new one is there, and if there is none. */
  refresh(): Promise<void> {
    return this.#arrive(true);
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
    return this.#opened?.ruleset.experiments ?? [];
  }

  /** The digest of the ruleset in the page. */
  get digest(): string | undefined {
    return this.#opened?.ruleset.digest;
  }

  /** The unit types of the ruleset in the page. */
  get unitTypes(): readonly string[] {
    return this.#opened?.ruleset.unitTypes ?? [];
  }

  /** Opens a small panel in the page that forces variants. Its code is fetched now. */
  async panel(): Promise<void> {
    const { openPanel } = await import("./panel.js");
    openPanel(this);
  }

  /** Calls `listener` whenever answers may have changed; call what it returns to end that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends what waits, now. Resolves when the collector has answered, or cannot be reached for the time being. */
  flush(): Promise<Delivery> {
    return this.#queue.flush();
  }

  /** Follows no new rulesets any more, and sends what waits. */
  close(): Promise<Delivery> {
    this.#stopFollowing?.();
    this.#listeners.clear();
    return this.flush();
  }

  async #arrive(anew: boolean): Promise<void> {
    const turn = ++this.#refreshes;
    try {
      const opened = await openRuleset(this.#rulesetSource(anew));
      if (turn !== this.#refreshes) return;
      this.#take(opened);
      opened.newer?.then(
        (newer) => turn === this.#refreshes && this.#take(newer),
        (error: Error) => {
          this.#problem = error;
          this.#notify();
        },
      );
    } catch (error) {
      if (turn !== this.#refreshes) return;
      this.#problem = error as Error;
      await this.#ask();
    }
  }

  #rulesetSource(anew: boolean): RulesetSource {
    const whole = Object.keys(this.forced).length > 0;
    return { url: this.rulesetUrl, publicKey: this.options.publicKey, whole, keep: this.#consent, anew };
  }

  #take(opened: Opened): void {
    const replaced = this.#opened;
    this.#opened = opened;
    this.#problem = undefined;
    this.#answerLocally(opened);
    if (replaced && replaced.ruleset !== opened.ruleset) replaced.ruleset.free();
  }

  #answerLocally({ ruleset, from, whole }: Opened): void {
    const values = this.#identified(ruleset.unitTypes);
    const sticky = whole ? recordsOf(this.#storage, ruleset.context(values).units()) : [];
    this.#become(from, new LocalAnswers(ruleset, values, whole ? { forced: this.forced, sticky } : {}));
  }

  /** Answers anew, because something about the visitor changed. */
  async #ask(): Promise<void> {
    if (this.#opened) this.#answerLocally(this.#opened);
    // As long as the ruleset may come, nobody else is asked.
    else if (this.#problem) await this.#askWorker();
  }

  async #askWorker(): Promise<void> {
    const { workerUrl, live } = this.options;
    if (workerUrl === undefined) return;
    const turn = ++this.#evaluations;
    try {
      const evaluations = await evaluateRemotely(workerUrl, this.#identified(), this.#consent);
      if (turn !== this.#evaluations || this.#opened) return;
      this.#forcing.evaluated(evaluations);
      this.#become("worker", new RemoteAnswers(evaluations));
      if (live === true) this.#followAnnounced(evaluations);
    } catch (error) {
      this.#problem = new Error((error as Error).message, { cause: this.#problem });
    }
  }

  #become(source: Source, answers: Answers): void {
    this.#source = source;
    this.#answers = answers;
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /** The context, with the anonymous id where these unit types, if they are known, ask for one. */
  #identified(unitTypes?: readonly string[]): Values {
    const identity = this.#identity;
    if (!identity || !this.#consent || this.#values[identity.unit] !== undefined) return this.#values;
    if (unitTypes && !unitTypes.includes(identity.unit)) return this.#values;
    const id = identity.id();
    return id === undefined ? this.#values : { ...this.#values, [identity.unit]: id };
  }

  #expose(exposures: readonly ExposureEvent[]): void {
    if (!this.#consent) return;
    const now = Date.now();
    for (const exposure of exposures) {
      if (this.#opened?.whole) this.#keep(exposure);
      if (!this.#told.admit(exposure, now)) continue;
      // The server evaluated a bootstrap before it was used.
      const taken = this.#queue.add({ ...exposure, ts: new Date(now).toISOString() });
      if (!taken) this.#told.forget(exposure);
    }
  }

  /** Keeps what was drawn where the experiment asks for it, so that the visitor has it on the next page, too. */
  #keep(exposure: ExposureEvent): void {
    const { iteration, sticky } = this.answer(exposure.experiment).details;
    if (sticky && iteration !== null) keepRecord(this.#storage, exposure, iteration);
  }

  #tell(type: "track" | "feedback" | "identify", name?: string, details?: TrackingDetails): void {
    if (!this.#consent) return;
    const about = { tenant: this.#opened?.ruleset.tenant, units: this.#units() };
    this.#queue.add(eventOf(type, about, uuidv7(), Date.now(), name, details));
  }

  #units(): Readonly<Record<string, string>> {
    const known = this.#answers.units();
    if (known) return known;
    const values = this.#identified();
    const types = [...USUAL_UNITS, this.#identity?.unit ?? "user"];
    const ids = types.map((type) => [type, values[type]] as const);
    const sound = ids.filter(([, id]) => typeof id === "string" || Number.isSafeInteger(id));
    return Object.fromEntries(sound.map(([type, id]) => [type, String(id)]));
  }

  #forget(): void {
    this.#queue.clear();
    this.#identity?.forget();
    this.#storage.clear();
    void forgetRulesets();
  }

  #followAnnounced(body: { readonly eventStreams?: readonly unknown[] } | undefined): void {
    const url = announced(body, this.options.workerUrl);
    if (url) this.#follow(url);
  }

  #follow(url: URL): void {
    if (url.href === this.#followed) return;
    this.#followed = url.href;
    this.#stopFollowing?.();
    this.#stopFollowing = follow(url, () => void this.refresh());
  }
}
