import { OpenFeatureEventEmitter, ProviderEvents } from "@openfeature/web-sdk";
import type {
  EvaluationContext,
  Hook,
  JsonValue,
  Provider,
  ResolutionDetails,
  TrackingEventDetails,
} from "@openfeature/web-sdk";
import { resolve, valuesOf } from "edgewise/openfeature";
import type { ProviderOptions } from "edgewise/openfeature";
import type { Page } from "../page.js";

/** Answers out of a page that `start` or `load` began. Evaluating is using: the provider's hook tells the exposure. */
export class EdgewiseProvider implements Provider {
  readonly metadata = { name: "edgewise" };
  readonly runsOn = "client";
  readonly events = new OpenFeatureEventEmitter();
  readonly hooks: Hook[];
  #digest: string | undefined;
  #state: "ready" | "stale" | "none" = "none";
  #end: (() => void) | undefined;

  constructor(
    private readonly page: Page,
    private readonly options: ProviderOptions = {},
  ) {
    this.hooks = [{ after: ({ flagKey }) => page.exposeFlag(flagKey) }];
  }

  /** Rejects where nobody answers; the provider becomes ready by itself once somebody does. */
  async initialize(context: EvaluationContext = {}): Promise<void> {
    await this.page.ready;
    await this.page.update(this.#values(context));
    this.#digest = this.page.digest;
    this.#state = this.#stateNow();
    this.#end = this.page.subscribe(() => this.#changed());
    if (this.#state === "none") throw this.page.problem ?? new Error("there is neither a ruleset nor a worker to answer");
    if (this.#state === "stale") queueMicrotask(() => this.#emit(ProviderEvents.Stale));
  }

  onContextChange(before: EvaluationContext, after: EvaluationContext): Promise<void> | void {
    const gone = Object.keys(this.#values(before)).map((name) => [name, undefined] as const);
    const updated = this.page.update({ ...Object.fromEntries(gone), ...this.#values(after) });
    // The ruleset in the page has answered already: there is nothing to reconcile.
    return this.page.digest === undefined ? updated : undefined;
  }

  async onClose(): Promise<void> {
    this.#end?.();
    await this.page.flush();
  }

  track(name: string, _context: EvaluationContext, details: TrackingEventDetails): void {
    this.page.track(name, details);
  }

  resolveBooleanEvaluation(flag: string, fallback: boolean): ResolutionDetails<boolean> {
    return this.#resolve(flag, fallback);
  }

  resolveStringEvaluation(flag: string, fallback: string): ResolutionDetails<string> {
    return this.#resolve(flag, fallback);
  }

  resolveNumberEvaluation(flag: string, fallback: number): ResolutionDetails<number> {
    return this.#resolve(flag, fallback);
  }

  resolveObjectEvaluation<T extends JsonValue>(flag: string, fallback: T): ResolutionDetails<T> {
    return this.#resolve(flag, fallback);
  }

  #resolve<T>(flag: string, fallback: T): ResolutionDetails<T> {
    const { page } = this;
    const answering = {
      digest: page.digest,
      unready: page.source === "none" ? (page.problem?.message ?? "the ruleset has not come yet") : undefined,
      evaluate: (flag: string) => page.evaluate(flag),
      claims: (flag: string) => page.claims(flag),
    };
    // Its error codes are the texts of OpenFeature's enumeration.
    return resolve(answering, flag, fallback, this.#unit()) as ResolutionDetails<T>;
  }

  #values(context: EvaluationContext): Record<string, unknown> {
    return valuesOf(context, this.#unit());
  }

  #unit(): string {
    return this.options.targetingUnit ?? this.page.unitTypes[0] ?? "user";
  }

  #stateNow(): "ready" | "stale" | "none" {
    const { source, problem } = this.page;
    if (source === "none") return "none";
    return source !== "worker" && problem ? "stale" : "ready";
  }

  #changed(): void {
    const [before, digest] = [this.#state, this.#digest];
    this.#state = this.#stateNow();
    this.#digest = this.page.digest;
    if (this.#state !== before && this.#state === "stale") this.#emit(ProviderEvents.Stale);
    if (this.#state !== before && this.#state === "ready") this.#emit(ProviderEvents.Ready);
    if (this.#digest !== digest) this.#emit(ProviderEvents.ConfigurationChanged);
  }

  #emit(event: ProviderEvents.Stale | ProviderEvents.Ready | ProviderEvents.ConfigurationChanged): void {
    this.events.emit(event);
  }
}
