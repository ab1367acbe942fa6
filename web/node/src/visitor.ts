import type {
  Answer,
  Context,
  ContextOptions,
  Edgewise,
  EdgewiseEvent,
  FlagAnswer,
  FlagFallback,
  FlagId,
  FlagValueOr,
} from "edgewise";
import { uuidv7 } from "edgewise";
import { eventOf } from "edgewise/delivery";
import type { TrackingDetails } from "edgewise/delivery";

const UNKNOWN_FLAG = { value: undefined, rule: null, experiment: null, variant: null, epoch: null, exposure: false };

const NO_DETAILS = { iteration: null, unit: null, fallback: false, holdout: null, propensity: null, sticky: false };

/** Somebody at one time. Without a ruleset every flag has its fallback, and nobody is in any experiment. */
export class Visitor {
  readonly #context: Context | undefined;

  /** @internal */
  constructor(
    private readonly ruleset: Edgewise | undefined,
    values: Readonly<Record<string, unknown>>,
    options: ContextOptions | undefined,
    private readonly send: (event: EdgewiseEvent) => void,
  ) {
    this.#context = ruleset?.context(values, options);
  }

  /** The digest of the ruleset that answers. */
  get digest(): string | undefined {
    return this.ruleset?.digest;
  }

  /** The flag's value, to be used now: that is an exposure where an experiment decides. Unknown flags: `fallback`. */
  get<F extends FlagId, T extends FlagFallback<F>>(flag: F, fallback: T): FlagValueOr<F, T> {
    this.exposeFlag(flag);
    return this.peek(flag, fallback);
  }

  /** The variant's id, to be used now: that is an exposure. Null: the visitor is in none. */
  variant(experiment: string): string | null {
    this.exposeExperiment(experiment);
    return this.answer(experiment).variant;
  }

  /** What {@link get} would answer, without using it: nobody is exposed. */
  peek<F extends FlagId, T extends FlagFallback<F>>(flag: F, fallback: T): FlagValueOr<F, T> {
    return (this.#context ? this.#context.get<unknown>(flag, fallback) : fallback) as FlagValueOr<F, T>;
  }

  /** The flag's value and why, without using it: nobody is exposed. */
  evaluate(flag: string): FlagAnswer {
    return this.#context?.evaluate(flag) ?? { ...UNKNOWN_FLAG, flag, reason: "unknown_flag" };
  }

  /** The experiment's answer and why, without using it: nobody is exposed. */
  answer(experiment: string): Answer {
    const none = { experiment, variant: null, bucket: null, epoch: null, exposure: false, details: NO_DETAILS };
    return this.#context?.variant(experiment) ?? { ...none, reason: "unknown_experiment" };
  }

  /** What the experiments that claim the flag answer, in order: nobody is exposed. */
  claims(flag: string): readonly Answer[] {
    return this.#claims(flag).map((experiment) => this.answer(experiment));
  }

  /** Tells that the flag's value, which was looked at before, is used. */
  exposeFlag(flag: string): void {
    const claims = this.#claims(flag);
    const { experiment } = this.evaluate(flag);
    // Those behind the one that decides were not asked.
    const asked = experiment === null ? claims : claims.slice(0, claims.indexOf(experiment) + 1);
    for (const each of asked) this.exposeExperiment(each);
  }

  /** Tells that the experiment's answer, which was looked at before, is used. */
  exposeExperiment(experiment: string): void {
    for (const exposure of this.#context?.exposures(experiment, Date.now()) ?? []) this.send(exposure);
  }

  /** Tells that the visitor did something, or that something was done for them. */
  track(name: string, details: TrackingDetails = {}): void {
    this.#tell("track", name, details);
  }

  /** Tells that something failed. */
  fail(name: string, properties: Readonly<Record<string, unknown>> = {}): void {
    this.#tell("error", name, properties);
  }

  #claims(flag: string): readonly string[] {
    return this.ruleset?.flags.find(({ id }) => id === flag)?.claimedBy ?? [];
  }

  /** Without a ruleset nobody knows which values are ids, and an event of nobody is of no use. */
  #tell(type: "track" | "error", name: string, details: TrackingDetails): void {
    if (!this.ruleset || !this.#context) return;
    const about = { tenant: this.ruleset.tenant, units: this.#context.units() };
    this.send(eventOf(type, about, uuidv7(), Date.now(), name, details));
  }
}
