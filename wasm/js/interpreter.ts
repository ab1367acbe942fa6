/** One ruleset in the evaluator: questions go in as bytes and indices, answers come out as integers. */
import type { ExplanationStep } from "./answers.js";
import { ContextEncoder } from "./encoder.js";
import type { Engine } from "./engine.js";
import { codeOf, EvaluatorError, RulesetError } from "./error.js";
import type { Evaluator } from "./glue/glue.js";
import { readTables, type Tables } from "./tables.js";

/** What a question is asked for. Its identity says whether the buffer still holds it. */
export interface Subject {
  readonly values: object;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** Ask one experiment; all of them, in the order of the tables; one flag. */
export const ASSIGN = 0;
export const ASSIGN_ALL = 1;
export const EVALUATE = 2;
export type Question = typeof ASSIGN | typeof ASSIGN_ALL | typeof EVALUATE;

/** The buffer begins with room for the records and so many bytes of strings. */
const ROOM_FOR_STRINGS = 1024;

/** Stands for a generation where the memory was given back. */
const FREED = -2;

export class Interpreter {
  #tables: Tables | undefined;
  #evaluator!: Evaluator;
  #encoder!: ContextEncoder;
  #answers = new Int32Array(0);
  #generation = -1;
  #unitsOf: Subject | undefined;
  #attributesOf: Subject | undefined;
  /** Whether the evaluator is running: an error that finds this set is its own, not the host's. */
  #inside = false;

  constructor(
    private readonly engine: Engine,
    /** The ruleset. It is kept for the case that the instance has to be replaced. */
    private readonly ruleset: Uint8Array,
  ) {
    this.#surviving(() => this.#attach());
  }

  /** The names in the ruleset. */
  get tables(): Tables {
    return this.#tables!;
  }

  /**
   * Asks, and gives the words of the answer, valid until the next question.
   *
   * `targeted` says whether the answer can depend on attributes. A trap replaces the instance and asks again.
   */
  ask(question: Question, index: number, subject: Subject, targeted: boolean): Int32Array {
    try {
      return this.#ask(question, index, subject, targeted);
    } catch (error) {
      this.#recover(error);
    }
    return this.#lastly(() => this.#ask(question, index, subject, targeted));
  }

  /** Asks for the steps; undefined: the build has no explanations. */
  explain(question: Question, index: number, subject: Subject): ExplanationStep[] | undefined {
    return this.#surviving(() => {
      this.#prepare(subject, true);
      return this.#running((evaluator) => {
        const steps =
          question === EVALUATE
            ? evaluator.explainFlag?.(index, subject.now)
            : evaluator.explainExperiment?.(index, subject.now);
        return steps as ExplanationStep[] | undefined;
      });
    });
  }

  /** Gives the memory back at once. Without it the garbage collector does, some time. */
  free(): void {
    if (this.#generation === this.engine.generation) this.#evaluator.free();
    this.#generation = FREED;
  }

  #ask(question: Question, index: number, subject: Subject, targeted: boolean): Int32Array {
    this.#prepare(subject, targeted);
    this.#inside = true;
    if (question === ASSIGN) this.#evaluator.assign(index, subject.now);
    else if (question === EVALUATE) this.#evaluator.evaluate(index, subject.now);
    else this.#evaluator.assignAll(subject.now);
    this.#inside = false;
    // Memory that grew since has left a view of length 0 behind.
    return this.#answers.length === 0 ? this.#attachAnswers() : this.#answers;
  }

  #prepare(subject: Subject, targeted: boolean): void {
    if (this.#generation !== this.engine.generation) this.#attach();
    if (this.#unitsOf !== subject) {
      this.#attributesOf = undefined;
      this.#unitsOf = undefined;
      this.#encoder.writeUnits(subject.values);
      this.#unitsOf = subject;
    }
    if (targeted && this.#attributesOf !== subject) {
      this.#encoder.writeAttributes(subject.values);
      this.#attributesOf = subject;
    }
  }

  /** An evaluator of the present instance. Until it has shown its buffers, every error is its own. */
  #start(): Evaluator {
    this.#inside = true;
    try {
      return new this.engine.glue.Evaluator(this.ruleset);
    } catch (error) {
      const code = codeOf(error);
      throw code === undefined ? error : new RulesetError(code, (error as Error).message);
    }
  }

  #attach(): void {
    if (this.#generation === FREED) throw new Error("this ruleset was freed: load it again");
    this.#evaluator = this.#start();
    this.#tables ??= readTables(this.#evaluator.takeText(), this.#evaluator.takeNumbers());
    const { unitTypes, attributes } = this.#tables;
    const region = { view: () => this.#context(0), grow: (bytes: number) => this.#context(bytes) };
    this.#encoder = new ContextEncoder(region, unitTypes, attributes);
    this.#context(this.#encoder.recordBytes + ROOM_FOR_STRINGS);
    this.#attachAnswers();
    this.#unitsOf = undefined;
    this.#attributesOf = undefined;
    this.#generation = this.engine.generation;
  }

  /** The buffer for contexts, made to hold at least so many bytes. */
  #context(bytes: number): Uint8Array {
    return this.#running((evaluator) => {
      const pointer = evaluator.reserveContext(bytes);
      return new Uint8Array(this.#memory(), pointer, evaluator.contextLength());
    });
  }

  #attachAnswers(): Int32Array {
    return this.#running((evaluator) => {
      this.#answers = new Int32Array(this.#memory(), evaluator.answersPointer(), evaluator.answersLength());
      return this.#answers;
    });
  }

  #memory(): ArrayBuffer {
    return this.engine.memory!.buffer;
  }

  /** Errors that come out of here are the evaluator's own. */
  #running<T>(task: (evaluator: Evaluator) => T): T {
    this.#inside = true;
    const result = task(this.#evaluator);
    this.#inside = false;
    return result;
  }

  #surviving<T>(task: () => T): T {
    try {
      return task();
    } catch (error) {
      this.#recover(error);
    }
    return this.#lastly(task);
  }

  /** Replaces the instance, unless the error is not the evaluator's. */
  #recover(error: unknown): void {
    const own = this.#inside && !(error instanceof RulesetError);
    this.#inside = false;
    if (!own) throw error;
    this.engine.replace();
  }

  #lastly<T>(task: () => T): T {
    try {
      return task();
    } catch (error) {
      this.#recover(error);
      throw new EvaluatorError("the evaluator failed twice, the second time on a fresh instance", { cause: error });
    }
  }
}
