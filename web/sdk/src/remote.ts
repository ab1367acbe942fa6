/**
 * Answers that an edge worker evaluated: the body of an OFREP bulk evaluation, fetched by the page or rendered into it by
 * the server. It knows flags alone, so of experiments only those are known that decided about a flag.
 */
import type { Answer, ExposureEvent, FlagAnswer, FlagReason, FlagValue, Reason } from "edgewise/lite";
import type { Answers } from "./answers.js";

/** What `POST /ofrep/v1/evaluate/flags` answers, as far as it is looked at. */
export interface Evaluations {
  readonly flags: readonly EvaluatedFlag[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly eventStreams?: readonly EventStreamEntry[];
}

/** Where the worker tells of new rulesets (open-feature/protocol, ADR-0008). */
export interface EventStreamEntry {
  readonly type: string;
  readonly url?: string;
  readonly endpoint?: { readonly origin?: string; readonly requestUri: string };
}

interface EvaluatedFlag {
  readonly key: string;
  readonly value?: unknown;
  readonly reason?: string;
  readonly variant?: string;
  readonly errorCode?: string;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
}

const REASONS: Readonly<Record<string, FlagReason>> = { SPLIT: "experiment", TARGETING_MATCH: "rule" };

export class RemoteAnswers implements Answers {
  readonly #flags: ReadonlyMap<string, EvaluatedFlag>;

  /** Takes whatever was rendered or answered; what is no such body has no flags. */
  constructor(body: unknown) {
    const { flags } = (body ?? {}) as Partial<Evaluations>;
    const sound = Array.isArray(flags) ? (flags as EvaluatedFlag[]).filter((flag) => flag && !flag.errorCode) : [];
    this.#flags = new Map(sound.map((flag) => [flag.key, flag]));
  }

  units(): undefined {
    return undefined;
  }

  value<T>(flag: string, fallback: T): T {
    const value = this.#flags.get(flag)?.value;
    const fits = value !== undefined && value !== null && (fallback === undefined || typeof value === typeof fallback);
    return fits ? (value as T) : fallback;
  }

  evaluate(flag: string): FlagAnswer {
    const found = this.#flags.get(flag);
    const { experiment, epoch, rule } = found?.metadata ?? {};
    return {
      flag,
      value: found?.value as FlagValue | undefined,
      reason: found ? (REASONS[found.reason ?? ""] ?? "default") : "unknown_flag",
      rule: (rule as number | undefined) ?? null,
      experiment: (experiment as string | undefined) ?? null,
      variant: found?.variant ?? null,
      epoch: (epoch as string | undefined) ?? null,
      exposure: this.exposuresOfFlag(flag).some((exposure) => exposure.experiment === experiment),
    };
  }

  claims(flag: string): readonly string[] {
    const experiment = this.#flags.get(flag)?.metadata?.experiment;
    return typeof experiment === "string" ? [experiment] : [];
  }

  variant(experiment: string): Answer {
    const flag = this.#decidedBy(experiment);
    const own = this.exposuresOf(experiment).find((exposure) => exposure.experiment === experiment);
    return {
      experiment,
      variant: flag?.variant ?? null,
      reason: (flag?.metadata?.assignment as Reason | undefined) ?? "unknown_experiment",
      bucket: own?.bucket ?? null,
      epoch: (flag?.metadata?.epoch as string | undefined) ?? null,
      exposure: own !== undefined,
      details: {
        iteration: null,
        unit: own?.unit_type ?? null,
        fallback: false,
        holdout: null,
        propensity: own?.propensity ?? null,
        sticky: false,
      },
    };
  }

  assignments(): Answer[] {
    const ids = [...this.#flags.values()].map(({ metadata }) => metadata?.experiment);
    const known = new Set(ids.filter((id): id is string => typeof id === "string"));
    return [...known].sort().map((experiment) => this.variant(experiment));
  }

  exposuresOfFlag(flag: string): readonly ExposureEvent[] {
    const text = this.#flags.get(flag)?.metadata?.exposures;
    try {
      const exposures: unknown = typeof text === "string" ? JSON.parse(text) : [];
      return Array.isArray(exposures) ? (exposures as ExposureEvent[]) : [];
    } catch {
      return [];
    }
  }

  /** What using the flag exposes to that it decided about: the experiment, and the holdouts on the way to it. */
  exposuresOf(experiment: string): readonly ExposureEvent[] {
    const flag = this.#decidedBy(experiment);
    return flag ? this.exposuresOfFlag(flag.key) : [];
  }

  #decidedBy(experiment: string): EvaluatedFlag | undefined {
    return [...this.#flags.values()].find(({ metadata }) => metadata?.experiment === experiment);
  }
}

/** No answers yet, or none at all: every flag has its fallback. */
export const NO_ANSWERS: Answers = new RemoteAnswers(undefined);

/**
 * Has the edge worker below `url` evaluate all flags. A worker of the page's own site goes by its cookies, where they are
 * allowed: sticky records, and what a signed link forces. Throws where it does not evaluate.
 */
export async function evaluateRemotely(
  url: string,
  context: Readonly<Record<string, unknown>>,
  cookies: boolean,
): Promise<Evaluations> {
  const flags = new URL("ofrep/v1/evaluate/flags", url.endsWith("/") ? url : `${url}/`);
  const response = await fetch(flags, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ context }),
    credentials: cookies ? "same-origin" : "omit",
  });
  if (!response.ok) throw new Error(`no answers at ${flags}: the worker answered with status ${response.status}`);
  return (await response.json()) as Evaluations;
}
