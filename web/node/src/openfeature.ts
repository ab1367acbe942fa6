/** OpenFeature on servers (`@openfeature/server-sdk`): a provider over a {@link Client}. Evaluating is using. */
import { ErrorCode, OpenFeatureEventEmitter, ProviderEvents } from "@openfeature/server-sdk";
import type {
  EvaluationContext,
  Hook,
  JsonValue,
  Provider,
  ResolutionDetails,
  TrackingEventDetails,
} from "@openfeature/server-sdk";
import type { Answer, FlagAnswer } from "edgewise";
import type { Client } from "./client.js";
import type { Visitor } from "./visitor.js";

export interface ProviderOptions {
  /** The unit type that the targeting key is the id of. Default: the ruleset's first. */
  readonly targetingUnit?: string;
}

/** The experiment takes nobody. */
const OFF: readonly Answer["reason"][] = ["paused", "not_started", "ended", "switched_off"];

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
    const visitor = this.#visitor(context);
    const answer = visitor.evaluate(flag);
    const fail = (errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> => {
      return { value: fallback, reason: "ERROR", errorCode, errorMessage };
    };
    if (visitor.digest === undefined) {
      return fail(ErrorCode.PROVIDER_NOT_READY, this.client.problem?.message ?? "the ruleset has not come yet");
    }
    if (answer.value === undefined) {
      return fail(ErrorCode.FLAG_NOT_FOUND, `the ruleset holds no flag ${JSON.stringify(flag)}`);
    }
    if (typeof answer.value !== typeof fallback) {
      const types = `${typeof answer.value}s, not ${typeof fallback}s`;
      return fail(ErrorCode.TYPE_MISMATCH, `the flag ${JSON.stringify(flag)} holds ${types}`);
    }
    const claims = answer.experiment === null ? visitor.claims(flag) : [];
    const keyless = claims.find(({ reason, details }) => reason === "missing_unit" && details.unit === this.#unit());
    if (keyless) {
      const message = `experiment ${keyless.experiment} draws by ${this.#unit()}; give its id as the targeting key`;
      return fail(ErrorCode.TARGETING_KEY_MISSING, message);
    }
    return {
      value: answer.value as T,
      reason: reasonOf(answer, claims),
      ...(answer.variant !== null && { variant: answer.variant }),
      flagMetadata: metadataOf(answer, visitor.digest),
    };
  }

  #visitor({ targetingKey, ...attributes }: EvaluationContext): Visitor {
    const hasKey = targetingKey !== undefined && targetingKey !== "";
    return this.client.visitor(hasKey ? { ...attributes, [this.#unit()]: targetingKey } : attributes);
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

/** In the words of OpenFeature; see the worker's README. */
function reasonOf({ reason }: FlagAnswer, claims: readonly Answer[]): string {
  if (reason === "experiment") return "SPLIT";
  if (reason === "rule") return "TARGETING_MATCH";
  return claims.length > 0 && claims.every((claim) => OFF.includes(claim.reason)) ? "DISABLED" : "DEFAULT";
}

function metadataOf({ experiment, epoch, rule }: FlagAnswer, version: string): Record<string, string | number> {
  const facts = Object.entries({ version, experiment, epoch, rule });
  return Object.fromEntries(facts.filter((fact): fact is [string, string | number] => fact[1] !== null));
}
