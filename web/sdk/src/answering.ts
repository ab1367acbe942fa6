/** Who answers the page, from its first moment on: the bootstrap, the ruleset, or the edge worker where there is none. */
import type { Edgewise } from "edgewise/lite";
import type { Answers } from "./answers.js";
import type { Forcing } from "./forced.js";
import { LocalAnswers } from "./local.js";
import type { LoadOptions } from "./options.js";
import { evaluateRemotely, NO_ANSWERS, RemoteAnswers } from "./remote.js";
import type { Opened, RulesetSource } from "./ruleset.js";
import { openRuleset } from "./ruleset.js";
import { recordsOf } from "./sticky.js";
import { announced, follow } from "./stream.js";
import type { Visitor } from "./visitor.js";

/**
 * Who answers: the ruleset from the network or as it was kept from another day, the edge worker, what the server
 * rendered into the page, or nobody.
 */
export type Source = "network" | "cache" | "worker" | "bootstrap" | "none";

export class Answering {
  /** Resolves when it is settled who answers. Never rejects. */
  readonly ready: Promise<void>;
  #answers: Answers = NO_ANSWERS;
  #source: Source = "none";
  #problem: Error | undefined;
  #opened: Opened | undefined;
  /** They count what was asked of the network: a slow answer to an older question is dropped. */
  #refreshes = 0;
  #evaluations = 0;
  readonly #listeners = new Set<() => void>();
  #followed: string | undefined;
  #stopFollowing: (() => void) | undefined;

  constructor(
    private readonly rulesetUrl: URL,
    private readonly options: LoadOptions,
    private readonly visitor: Visitor,
    private readonly forcing: Forcing,
  ) {
    const { bootstrap, live } = options;
    if (bootstrap) {
      forcing.evaluated(bootstrap);
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

  get answers(): Answers {
    return this.#answers;
  }

  get source(): Source {
    return this.#source;
  }

  /** What went wrong last with the ruleset or the worker, if anything did. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  /** The ruleset in the page. */
  get ruleset(): Edgewise | undefined {
    return this.#opened?.ruleset;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for the ruleset again. What answers stays until the new one is there, and if there is none. */
  refresh(): Promise<void> {
    return this.#arrive(true);
  }

  /** Answers anew, because something about the visitor changed. */
  async ask(): Promise<void> {
    if (this.#opened) this.#answerLocally(this.#opened);
    // As long as the ruleset may come, nobody else is asked.
    else if (this.#problem) await this.#askWorker();
  }

  /** Follows no new rulesets any more, and tells nobody. */
  close(): void {
    this.#stopFollowing?.();
    this.#listeners.clear();
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
      await this.ask();
    }
  }

  #rulesetSource(anew: boolean): RulesetSource {
    const whole = Object.keys(this.forcing.variants).length > 0;
    return { url: this.rulesetUrl, publicKey: this.options.publicKey, whole, keep: this.visitor.consent, anew };
  }

  #take(opened: Opened): void {
    const replaced = this.#opened;
    this.#opened = opened;
    this.#problem = undefined;
    this.#answerLocally(opened);
    if (replaced && replaced.ruleset !== opened.ruleset) replaced.ruleset.free();
  }

  #answerLocally({ ruleset, from, whole }: Opened): void {
    const values = this.visitor.identified(ruleset.unitTypes);
    const sticky = whole ? recordsOf(this.visitor.storage, ruleset.context(values).units()) : [];
    this.#become(from, new LocalAnswers(ruleset, values, whole ? { forced: this.forcing.variants, sticky } : {}));
  }

  async #askWorker(): Promise<void> {
    const { workerUrl, live } = this.options;
    if (workerUrl === undefined) return;
    const turn = ++this.#evaluations;
    try {
      const evaluations = await evaluateRemotely(workerUrl, this.visitor.identified(), this.visitor.consent);
      if (turn !== this.#evaluations || this.#opened) return;
      this.forcing.evaluated(evaluations);
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
