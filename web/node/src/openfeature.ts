/** OpenFeature on servers (`@openfeature/server-sdk`): a provider over a {@link Client}. Evaluating is using. */
import { OpenFeatureEventEmitter, ProviderEvents } from "@openfeature/server-sdk";
import type {
  EvaluationContext,
  Hook,
  JsonValue,
  Provider,
  ResolutionDetails,
  TrackingEventDetails,
} from "@openfeature/server-sdk";
import { resolve, valuesOf } from "edgewise/openfeature";
import type { ProviderOptions } from "edgewise/openfeature";
import type { Client } from "./client.js";
import type { Visitor } from "./visitor.js";

export type { ProviderOptions };

export class EdgewiseProvider implements Provider {
  readonly metadata = { name: "edgewise" };
  readonly runsOn = "server";
  readonly events = new OpenFeatureEventEmitter();
  readonly hooks: Hook[];
  #digest: string | undefined;
  #problem: Error | undefined;
  #end: (() => void) | undefined;

  constructor(
    private readonly client: Client,
    private readonly options: ProviderOptions = {},
  ) {
    this.hooks = [{ after: ({ flagKey, context }) => this.#visitor(context).exposeFlag(flagKey) }];
  }

  /** Rejects where there is no ruleset; the provider becomes ready by itself once there is one. */
  async initialize(): Promise<void> {
    await this.client.ready;
    this.#digest = this.client.ruleset?.digest;
    this.#problem = this.client.problem;
    this.#end = this.client.subscribe(() => this.#changed());
    if (!this.client.ruleset) throw this.#problem ?? new Error("there is no ruleset to answer with");
  }

  async onClose(): Promise<void> {
    this.#end?.();
    await this.client.flush();
  }

  track(name: string, context: EvaluationContext, details: TrackingEventDetails): void {
    this.#visitor(context).track(name, details);
  }

  async resolveBooleanEvaluation(flag: string, fallback: boolean, context: EvaluationContext) {
    return this.#resolve(flag, fallback, context);
  }

  async resolveStringEvaluation(flag: string, fallback: string, context: EvaluationContext) {
    return this.#resolve(flag, fallback, context);
  }

  async resolveNumberEvaluation(flag: string, fallback: number, context: EvaluationContext) {
    return this.#resolve(flag, fallback, context);
  }

  async resolveObjectEvaluation<T extends JsonValue>(flag: string, fallback: T, context: EvaluationContext) {
    return this.#resolve(flag, fallback, context);
  }

  #resolve<T>(flag: string, fallback: T, context: EvaluationContext): ResolutionDetails<T> {
    const { ruleset, problem } = this.client;
    const unready = ruleset ? undefined : (problem?.message ?? "the ruleset has not come yet");
    const visitor = this.#visitor(context);
    const answering = {
      digest: visitor.digest,
      unready,
      evaluate: (flag: string) => visitor.evaluate(flag),
      claims: (flag: string) => visitor.claims(flag),
    };
    // Its error codes are the texts of OpenFeature's enumeration.
    return resolve(answering, flag, fallback, this.#unit()) as ResolutionDetails<T>;
  }

  #visitor(context: EvaluationContext): Visitor {
    return this.client.visitor(valuesOf(context, this.#unit()));
  }

  #unit(): string {
    return this.options.targetingUnit ?? this.client.ruleset?.unitTypes[0] ?? "user";
  }

  /** After the ruleset was asked for. */
  #changed(): void {
    const { ruleset, problem } = this.client;
    const [digest, failed] = [this.#digest, this.#problem];
    this.#digest = ruleset?.digest;
    this.#problem = problem;
    if (!ruleset) return;
    if (problem && !failed) this.events.emit(ProviderEvents.Stale);
    if (!problem && failed) this.events.emit(ProviderEvents.Ready);
    if (ruleset.digest !== digest) this.events.emit(ProviderEvents.ConfigurationChanged);
  }
}
