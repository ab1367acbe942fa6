import type { Answer, Explanation, ExplanationStep, FlagAnswer, FlagReason } from "./answers.js";
import { type ExposureEvent, uuidv7 } from "./events.js";
import { lookUp, own, replayValue, validUnitId } from "./identity.js";
import { ASSIGN, ASSIGN_ALL, EVALUATE, type Interpreter } from "./interpreter.js";
import { fits, type Values } from "./values.js";

/** The places of an answer's words: see `assignment_words` and `flag_words` in `wasm/src/evaluator.rs`. */
const VARIANT = 0;
const REASON = 1;
const BUCKET = 2;
const EXPOSURE = 3;
const ASSIGNMENT_WORDS = 4;

const SOURCE = 0;
const RULE = 1;
const VALUE_START = 2;
const VALUE_LENGTH = 3;
const EXPERIMENT = 4;
const ASSIGNMENT = 5;

const SOURCES: readonly FlagReason[] = ["default", "experiment", "rule"];

/**
 * One somebody at one time. Ask it as often as you like: the answers do not change, and asking exposes nobody.
 *
 * The object with ids and attributes is read when the first question is asked, and perhaps again later: do not change
 * it while the context is in use.
 */
export class Context {
  /** @internal */
  constructor(
    private readonly interpreter: Interpreter,
    private readonly flagValues: Values,
    /** @internal */
    readonly values: object,
    /** The time that experiments go by: milliseconds since the Unix epoch. */
    readonly now: number,
    /** Whether it is the caller's own time rather than that of the clock. */
    private readonly given: boolean,
  ) {}

  /** Which variant of the experiment this unit gets, and why. */
  variant(experiment: string): Answer {
    const { experimentIndex, experiments } = this.interpreter.tables;
    const index = experimentIndex.get(experiment);
    if (index === undefined) return unknownExperiment(experiment);
    const targeted = experiments[index]!.attributes.length > 0;
    return this.#answer(index, this.interpreter.ask(ASSIGN, index, this, targeted), 0);
  }

  /** The answers of all experiments, in the order of their ids. */
  assignments(): Answer[] {
    const words = this.interpreter.ask(ASSIGN_ALL, 0, this, true);
    const count = this.interpreter.tables.experiments.length;
    const answers = new Array<Answer>(count);
    for (let index = 0; index < count; index++) {
      answers[index] = this.#answer(index, words, index * ASSIGNMENT_WORDS);
    }
    return answers;
  }

  /**
   * The flag's value. The fallback stands in where the ruleset holds no such flag, or one of another type.
   *
   * Objects are frozen: every evaluation hands out the same one.
   */
  get(flag: string, fallback: boolean): boolean;
  get(flag: string, fallback: number): number;
  get(flag: string, fallback: string): string;
  get<T>(flag: string, fallback: T): T;
  get(flag: string, fallback: unknown): unknown {
    const { flagIndex, flags } = this.interpreter.tables;
    const index = flagIndex.get(flag);
    if (index === undefined || !fits(fallback, flags[index]!.type)) return fallback;
    const words = this.interpreter.ask(EVALUATE, index, this, true);
    return this.flagValues.at(words[VALUE_START]!, words[VALUE_LENGTH]!);
  }

  /** The flag's value, where it comes from, and whether using it is an exposure. */
  evaluate(flag: string): FlagAnswer {
    const { flagIndex, experiments } = this.interpreter.tables;
    const index = flagIndex.get(flag);
    if (index === undefined) return unknownFlag(flag);
    const words = this.interpreter.ask(EVALUATE, index, this, true);
    const rule = words[RULE]!;
    const experiment = experiments[words[EXPERIMENT]!];
    return {
      flag,
      value: this.flagValues.at(words[VALUE_START]!, words[VALUE_LENGTH]!),
      reason: SOURCES[words[SOURCE]!]!,
      rule: rule < 0 ? null : rule,
      experiment: experiment?.id ?? null,
      variant: experiment?.variants[words[ASSIGNMENT + VARIANT]!] ?? null,
      epoch: experiment?.epoch ?? null,
      exposure: words[ASSIGNMENT + EXPOSURE] === 1,
    };
  }

  /** Why the experiment answers as it does. Not in `edgewise/lite`. */
  explain(experiment: string): Explanation<Answer> {
    const index = this.interpreter.tables.experimentIndex.get(experiment);
    return { answer: this.variant(experiment), steps: this.#steps(ASSIGN, index) };
  }

  /** Why the flag has its value. Not in `edgewise/lite`. */
  explainFlag(flag: string): Explanation<FlagAnswer> {
    const index = this.interpreter.tables.flagIndex.get(flag);
    return { answer: this.evaluate(flag), steps: this.#steps(EVALUATE, index) };
  }

  /**
   * The event to send when the experiment's answer is used; undefined where using it is no exposure.
   *
   * Every call makes a new event with an id of its own. Send it once a unit, experiment, variant and epoch.
   *
   * @param at when it was used, in milliseconds since the Unix epoch. By default the `now` that the context was given,
   *   or else this moment.
   */
  exposure(experiment: string, at: number = this.given ? this.now : Date.now()): ExposureEvent | undefined {
    const { variant, reason, bucket, epoch, exposure } = this.variant(experiment);
    if (!exposure || variant === null || bucket === null || epoch === null) return undefined;
    const { tables } = this.interpreter;
    const definition = tables.experiments[tables.experimentIndex.get(experiment)!]!;
    const units = this.units();
    return {
      id: uuidv7(at),
      type: "exposure",
      ts: new Date(at).toISOString(),
      ...(tables.tenant === undefined ? {} : { tenant: tables.tenant }),
      units,
      kind: "experiment",
      experiment,
      variant,
      reason,
      bucket,
      epoch,
      ruleset: tables.digest,
      evaluated_at: new Date(this.now).toISOString(),
      unit_type: definition.unit,
      unit: units[definition.unit]!,
      attributes: this.#replayed(definition.attributes),
    };
  }

  /** The ids that the context holds, by unit type, as events carry them. What is no valid id is left out. */
  units(): Record<string, string> {
    const ids = this.interpreter.tables.unitTypes.map((unitType) => [unitType, validUnitId(own(this.values, unitType))]);
    return Object.fromEntries(ids.filter(([, id]) => id !== undefined));
  }

  #answer(index: number, words: Int32Array, at: number): Answer {
    const { experiments, reasons } = this.interpreter.tables;
    const { id, variants, epoch } = experiments[index]!;
    const variant = words[at + VARIANT]!;
    const bucket = words[at + BUCKET]!;
    return {
      experiment: id,
      variant: variant < 0 ? null : variants[variant]!,
      reason: reasons[words[at + REASON]!]!,
      bucket: bucket < 0 ? null : bucket,
      epoch,
      exposure: words[at + EXPOSURE] === 1,
    };
  }

  #steps(question: typeof ASSIGN | typeof EVALUATE, index: number | undefined): ExplanationStep[] {
    if (index === undefined) return [];
    const steps = this.interpreter.explain(question, index, this);
    if (!steps) throw new Error("edgewise/lite was built without explanations: import from edgewise instead");
    return steps;
  }

  #replayed(names: readonly string[]): ExposureEvent["attributes"] {
    const { attributePaths } = this.interpreter.tables;
    return Object.fromEntries(
      names.map((name) => [name, replayValue(lookUp(this.values, attributePaths.get(name)!))]),
    );
  }
}

function unknownExperiment(experiment: string): Answer {
  return { experiment, variant: null, reason: "unknown_experiment", bucket: null, epoch: null, exposure: false };
}

function unknownFlag(flag: string): FlagAnswer {
  return {
    flag,
    value: undefined,
    reason: "unknown_flag",
    rule: null,
    experiment: null,
    variant: null,
    epoch: null,
    exposure: false,
  };
}

