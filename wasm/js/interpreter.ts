/** One ruleset in the evaluator: questions go in as bytes and indices, answers come out as integers. */
import { ContextEncoder, type Subject } from "./encoder.js";
import { evaluator, type Instance } from "./engine.js";
import { EvaluatorError, refusal } from "./error.js";
import { readTables, type Tables } from "./tables.js";

/** Ask one experiment; all of them, in the order of the tables; one flag. */
export const ASSIGN = 0;
export const ASSIGN_ALL = 1;
export const EVALUATE = 2;
export type Question = typeof ASSIGN | typeof ASSIGN_ALL | typeof EVALUATE;

/** The room for contexts that an instance begins with, in bytes. */
const ROOM = 4096;

export class Interpreter {
  /** The names in the ruleset. */
  readonly tables: Tables;
  readonly #encoder: ContextEncoder;
  #instance: Instance | undefined;
  #words!: Int32Array;
  #subject: Subject | undefined;
  #targeted = false;

  /** The ruleset is kept for the case that the instance has to be replaced. */
  constructor(readonly ruleset: Uint8Array) {
    const room = this.#start(ROOM);
    this.tables = readTables(ruleset, (experiment, variant) => this.#instance!.propensity(experiment, variant));
    this.#encoder = new ContextEncoder(this.tables, room);
  }

  /**
   * Asks, and gives the words of the answer, valid until the next question.
   *
   * `targeted` says whether the answer can depend on attributes.
   */
  ask(question: Question, index: number, subject: Subject, targeted: boolean): Int32Array {
    this.encode(subject, targeted);
    try {
      this.#ask(question, index, subject);
    } catch {
      // A trap: the memory may hold anything.
      this.#restart(this.#encoder.room.length);
      this.encode(subject, targeted);
      lastly(() => this.#ask(question, index, subject));
    }
    return this.#words;
  }

  /** The bucket by which a holdout decides on the subject's unit of this type. */
  holdoutBucket(holdout: number, unitType: number, subject: Subject): number {
    this.encode(subject, false);
    try {
      return this.#instance!.holdout(holdout, unitType);
    } catch {
      // A trap: the memory may hold anything.
      this.#restart(this.#encoder.room.length);
      this.encode(subject, false);
      return lastly(() => this.#instance!.holdout(holdout, unitType));
    }
  }

  #ask(question: Question, index: number, { now }: Subject): void {
    const instance = this.#instance!;
    if (question === ASSIGN) instance.assign(index, now);
    else if (question === EVALUATE) instance.evaluate(index, now);
    else instance.assignAll(now);
  }

  /** Writes the subject into the instance, unless it is there already, and gives what was written. */
  encode(subject: Subject, targeted: boolean): Uint8Array {
    if (!this.#instance) throw new Error("this ruleset was freed: load it again");
    if (this.#subject !== subject || (targeted && !this.#targeted)) {
      this.#subject = undefined;
      for (let needed; (needed = this.#encoder.write(subject, targeted)); ) this.#restart(needed);
      this.#subject = subject;
      this.#targeted = targeted;
    }
    return this.#encoder.room;
  }

  /** Gives the memory back as soon as the host collects it. */
  free(): void {
    this.#instance = undefined;
  }

  /** Replaces the instance: after a trap its memory may hold anything, and its room may be too small. */
  #restart(room: number): void {
    this.#subject = undefined;
    this.#encoder.room = this.#start(room);
  }

  /** Makes an instance, loads the ruleset into it, and gives the room for contexts. */
  #start(bytes: number): Uint8Array {
    const instance = evaluator.instantiate<Instance>();
    const { length } = this.ruleset;
    const place = instance.reserve(length, bytes);
    new Uint8Array(instance.memory.buffer).set(this.ruleset, place);
    const answers = instance.load();
    // Not before: loading may have made the memory grow, which detaches what looks into it.
    const { buffer } = instance.memory;
    this.#words = new Int32Array(buffer, answers);
    if (this.#words[0]) throw refusal(this.#words);
    this.#instance = instance;
    return new Uint8Array(buffer, this.#words[1], bytes);
  }
}

/** The second time, on a fresh instance. */
function lastly<T>(task: () => T): T {
  try {
    return task();
  } catch (cause) {
    throw new EvaluatorError("the evaluator failed twice, the second time on a fresh instance", { cause });
  }
}
