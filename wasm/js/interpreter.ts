/** One ruleset in the evaluator: questions go in as bytes and indices, answers come out as integers. */
import { ContextEncoder, type Subject } from "./encoder.js";
import { evaluator, type Instance } from "./engine.js";
import { EvaluatorError, refusal } from "./error.js";
import { RulesetReader } from "./ruleset.js";
import { Tables } from "./tables.js";

/** What an explanation is asked of. */
export const ASSIGN = 0;
export const EVALUATE = 2;

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
  /** Whether any answer can depend on the time: looking at the clock takes longer than most evaluations. */
  #timed = true;

  /** The ruleset is kept for the case that the instance has to be replaced. */
  constructor(readonly ruleset: Uint8Array) {
    const room = this.#start(ROOM);
    this.tables = new Tables(new RulesetReader(ruleset));
    this.#encoder = new ContextEncoder(this.tables, room);
  }

  /**
   * Asks so many experiments from this place on, and gives the words of their answers, valid until the next question.
   *
   * `targeted` says whether an answer can depend on attributes.
   */
  assign(first: number, count: number, subject: Subject, targeted: boolean): Int32Array {
    this.encode(subject, targeted);
    const now = this.#timed ? subject.now : 0;
    try {
      this.#instance!.assign(first, count, now);
    } catch {
      this.#again(subject, targeted, (instance) => instance.assign(first, count, now));
    }
    return this.#words;
  }

  /** Asks a flag, and gives the words of its answer, valid until the next question. */
  evaluate(flag: number, subject: Subject): Int32Array {
    this.encode(subject, true);
    const now = this.#timed ? subject.now : 0;
    try {
      this.#instance!.evaluate(flag, now);
    } catch {
      this.#again(subject, true, (instance) => instance.evaluate(flag, now));
    }
    return this.#words;
  }

  /** The bucket by which a holdout decides on the subject's unit of this type. */
  holdoutBucket(holdout: number, unitType: number, subject: Subject): number {
    this.encode(subject, false);
    try {
      return this.#instance!.holdout(holdout, unitType);
    } catch {
      return this.#again(subject, false, (instance) => instance.holdout(holdout, unitType));
    }
  }

  /** With which probability a unit draws this variant, 0 to 1. */
  propensity(experiment: number, variant: number): number {
    return this.#instance!.propensity(experiment, variant);
  }

  /** After a trap, when the memory may hold anything: on a fresh instance, once. */
  #again<T>(subject: Subject, targeted: boolean, task: (instance: Instance) => T): T {
    this.#restart(this.#encoder.room.length);
    this.encode(subject, targeted);
    try {
      return task(this.#instance!);
    } catch (cause) {
      throw new EvaluatorError("the evaluator failed twice, the second time on a fresh instance", { cause });
    }
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
    this.#timed = this.#words[2] === 1;
    this.#instance = instance;
    return new Uint8Array(buffer, this.#words[1], bytes);
  }
}
