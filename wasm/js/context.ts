import type { Answer, Explanation, ExplanationStep, FlagAnswer } from "./answers.js";
import type { Directives } from "./directives.js";
import { tools } from "./engine.js";
import { notInLite } from "./error.js";
import type { ExposureEvent } from "./events.js";
import { type Common, experimentExposure, holdoutExposures } from "./exposures.js";
import { own, validUnitId } from "./identity.js";
import { type Interpreter, Question } from "./interpreter.js";
import type { ExperimentId, FlagId, FlagTypes, UntypedFlag } from "./names.js";
import { ASSIGNMENT_WORDS, toAnswer, toFlagAnswer, unknownExperiment, unknownFlag, valueIn } from "./outcomes.js";
import { fits } from "./values.js";

/**
 * One somebody at one time. Ask it as often as you like: the answers do not change, and asking exposes nobody.
 *
 * The object with ids and attributes is read when the first question is asked, and perhaps again later: do not change
 * it while the context is in use.
 */
export class Context {
  #now: number | undefined;
  /** @internal What its events have in common, once one was made. */
  common: Common | undefined;

  /** @internal */
  constructor(
    /** @internal */
    readonly interpreter: Interpreter,
    /** @internal */
    readonly values: object,
    /** @internal */
    readonly directives: Directives,
    /** The caller's own time, rather than that of the clock. */
    /** @internal */
    readonly given: number | undefined,
  ) {
    this.#now = given;
  }

  /**
   * The time that experiments go by, in milliseconds since the Unix epoch. Where none was given it is that of the first
   * question that depends on it.
   */
  get now(): number {
    return (this.#now ??= Date.now());
  }

  /** Which variant of the experiment this unit gets, and why. */
  variant<E extends ExperimentId>(experiment: E): Answer<E> {
    const { interpreter } = this;
    const index = interpreter.tables.experimentPlaces.find(experiment);
    if (index === undefined) return unknownExperiment(experiment) as Answer<E>;
    const { attributes } = interpreter.tables.known(index);
    return toAnswer(this, index, interpreter.ask(Question.Assign, index, 1, this, attributes), 0) as Answer<E>;
  }

  /** The answers of all experiments, in the order of their ids. */
  assignments(): Answer[] {
    const { interpreter } = this;
    const { experimentPlaces, attributes } = interpreter.tables;
    const { count } = experimentPlaces;
    const words = interpreter.ask(Question.Assign, 0, count, this, attributes);
    const answers = new Array<Answer>(count);
    for (let index = 0; index < count; index++) {
      answers[index] = toAnswer(this, index, words, index * ASSIGNMENT_WORDS);
    }
    return answers;
  }

  /**
   * The flag's value. The fallback stands in where the ruleset holds no such flag, or one of another type.
   *
   * Objects are frozen: every evaluation hands out the same one.
   */
  get(flag: UntypedFlag, fallback: boolean): boolean;
  get(flag: UntypedFlag, fallback: number): number;
  get(flag: UntypedFlag, fallback: string): string;
  get<T>(flag: UntypedFlag, fallback: T): T;
  get<F extends keyof FlagTypes>(flag: F, fallback: FlagTypes[F]): FlagTypes[F];
  get(flag: string, fallback: unknown): unknown {
    const { tables } = this.interpreter;
    const index = tables.flagPlaces.find(flag);
    if (index === undefined || !fits(fallback, tables.flag(index).type)) return fallback;
    return valueIn(this, this.interpreter.ask(Question.Evaluate, index, 0, this, tables.attributes));
  }

  /** The flag's value, where it comes from, and whether using it is an exposure. */
  evaluate(flag: FlagId): FlagAnswer {
    const { interpreter } = this;
    const { tables } = interpreter;
    const index = tables.flagPlaces.find(flag);
    if (index === undefined) return unknownFlag(flag);
    return toFlagAnswer(this, flag, interpreter.ask(Question.Evaluate, index, 0, this, tables.attributes));
  }

  /** Why the experiment answers as it does. Not in `edgewise/lite`. */
  explain<E extends ExperimentId>(experiment: E): Explanation<Answer<E>> {
    if (!ALL_RULES) throw new Error(notInLite("explanations"));
    const index = this.interpreter.tables.experimentPlaces.find(experiment);
    return { answer: this.variant(experiment), steps: steps(this, Question.Assign, index) };
  }

  /** Why the flag has its value. Not in `edgewise/lite`. */
  explainFlag(flag: FlagId): Explanation<FlagAnswer> {
    if (!ALL_RULES) throw new Error(notInLite("explanations"));
    const index = this.interpreter.tables.flagPlaces.find(flag);
    return { answer: this.evaluate(flag), steps: steps(this, Question.Evaluate, index) };
  }

  /**
   * The event to send when the experiment's answer is used; undefined where using it is no exposure of it.
   *
   * Every call makes a new event with an id of its own. Send it once a unit, experiment, variant and epoch. Where
   * holdouts bind the experiment, use `exposures`.
   *
   * @param experiment its id, or what this context has answered for it, which is not asked again then.
   * @param at when it was used, in milliseconds since the Unix epoch. By default the `now` that the context was given,
   *   or else this moment.
   */
  exposure(experiment: ExperimentId | Answer, at?: number): ExposureEvent | undefined {
    return experimentExposure(this, this.#answer(experiment), at);
  }

  /**
   * The events to send when the experiment's answer is used: its own, where using the answer is an exposure of it, and
   * those of the holdouts that were asked, whatever they said. See `exposure`.
   */
  exposures(experiment: ExperimentId | Answer, at?: number): ExposureEvent[] {
    const answer = this.#answer(experiment);
    const events = ALL_RULES ? holdoutExposures(this, answer, at) : [];
    const own = this.exposure(answer, at);
    if (own) events.push(own);
    return events;
  }

  /** The ids that the context holds, by unit type, as events carry them. What is no valid id is left out. */
  units(): Record<string, string> {
    const ids = this.interpreter.tables.unitTypes.map((unitType) => [unitType, validUnitId(own(this.values, unitType))]);
    return Object.fromEntries(ids.filter(([, id]) => id !== undefined));
  }

  #answer(experiment: ExperimentId | Answer): Answer {
    return typeof experiment === "object" ? experiment : this.variant(experiment);
  }
}

function steps(context: Context, question: Question, index: number | undefined): ExplanationStep[] {
  if (index === undefined) return [];
  const { interpreter, now } = context;
  const { ruleset, tables } = interpreter;
  return tools!.explain(ruleset, interpreter.encode(context, tables.attributes), question, index, now) as ExplanationStep[];
}
