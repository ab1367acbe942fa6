import { ErrorCode, OpenFeatureEventEmitter, ProviderEvents } from "@openfeature/web-sdk";
import type {
  EvaluationContext,
  Hook,
  JsonValue,
  Provider,
  ResolutionDetails,
  TrackingEventDetails,
} from "@openfeature/web-sdk";
import type { Answer, FlagAnswer } from "edgewise/lite";
import type { Page } from "../page.js";

export interface ProviderOptions {
  /** The unit type that the targeting key is the id of. Default: the ruleset's first, or `user` without a ruleset. */
  readonly targetingUnit?: string;
}

type Values = Record<string, unknown>;

/** The experiment takes nobody. */
const OFF: readonly Answer["reason"][] = ["paused", "not_started", "ended", "switched_off"];

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
    const answer = this.page.evaluate(flag);
    const fail = (errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> => {
      return { value: fallback, reason: "ERROR", errorCode, errorMessage };
    };
    if (answer.value === undefined) {
      const { source, problem } = this.page;
      if (source === "none") return fail(ErrorCode.PROVIDER_NOT_READY, problem?.message ?? "the ruleset has not come yet");
      return fail(ErrorCode.FLAG_NOT_FOUND, `the ruleset holds no flag ${JSON.stringify(flag)}`);
    }
    if (typeof answer.value !== typeof fallback) {
      const types = `${typeof answer.value}s, not ${typeof fallback}s`;
      return fail(ErrorCode.TYPE_MISMATCH, `the flag ${JSON.stringify(flag)} holds ${types}`);
    }
    const claims = answer.experiment === null ? this.page.claims(flag) : [];
    const keyless = claims.find(({ reason, details }) => reason === "missing_unit" && details.unit === this.#unit());
    if (keyless) {
      const message = `experiment ${keyless.experiment} draws by ${this.#unit()}; give its id as the targeting key`;
      return fail(ErrorCode.TARGETING_KEY_MISSING, message);
    }
    return {
      value: answer.value as T,
      reason: reasonOf(answer, claims),
      ...(answer.variant !== null && { variant: answer.variant }),
      flagMetadata: metadataOf(answer, this.page.digest),
    };
  }

  /** The context with the targeting key under the name of its unit type. */
  #values({ targetingKey, ...attributes }: EvaluationContext): Values {
    return targetingKey === undefined || targetingKey === "" ? attributes : { ...attributes, [this.#unit()]: targetingKey };
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

/** In the words of OpenFeature; see the worker's README. */
function reasonOf({ reason }: FlagAnswer, claims: readonly Answer[]): string {
  if (reason === "experiment") return "SPLIT";
  if (reason === "rule") return "TARGETING_MATCH";
  return claims.length > 0 && claims.every((claim) => OFF.includes(claim.reason)) ? "DISABLED" : "DEFAULT";
}

function metadataOf({ experiment, epoch, rule }: FlagAnswer, version: string | undefined): Record<string, string | number> {
  const facts = Object.entries({ version, experiment, epoch, rule });
  return Object.fromEntries(facts.filter((fact): fact is [string, string | number] => (fact[1] ?? null) !== null));
}
