/** One ruleset in the evaluator: questions go in as bytes and indices, answers come out as integers. */
import { ContextEncoder, type Subject } from "./encoder.js";
import { evaluator, type Instance } from "./engine.js";
import { EvaluatorError, refusal, RulesetError } from "./error.js";
import { RulesetReader } from "./ruleset.js";
import { type Attribute, Tables } from "./tables.js";

/** Ask so many experiments from a place on; a holdout for the unit of a type; a flag. */
export const enum Question {
  Assign,
  HoldOut,
  Evaluate,
}

/** The room for contexts that an instance begins with, in bytes. */
const ROOM = 4096;

export class Interpreter {
  /** The names in the ruleset. */
  readonly tables: Tables;
  readonly #encoder: ContextEncoder;
  #instance: Instance | undefined;
  /** Where it stands in the instance's memory: whoever loads a ruleset does not hold it twice. */
  #ruleset!: Uint8Array;
  #words!: Int32Array;
  /** Whether any answer can depend on the time: looking at the clock takes longer than most evaluations. */
  #timed = true;

  constructor(ruleset: Uint8Array) {
    const room = this.#start(ruleset, ROOM);
    this.tables = new Tables(new RulesetReader(this.#ruleset));
    this.#encoder = new ContextEncoder(this.tables, room);
  }

  /** Valid until the next question. */
  get ruleset(): Uint8Array {
    return this.#ruleset;
  }

  /**
   * Asks, and gives the words of the answer, valid until the next question.
   *
   * `attributes` are those that the answer can depend on. Of a holdout the only word is the unit's bucket.
   */
  ask(
    question: Question,
    first: number,
    second: number,
    subject: Subject,
    attributes: readonly Attribute[],
  ): Int32Array {
    for (let again = false; ; again = true) {
      this.encode(subject, attributes);
      const now = this.#timed ? subject.now : 0;
      try {
        const instance = this.#instance!;
        if (question === Question.Assign) instance.assign(first, second, now);
        else if (question === Question.Evaluate) instance.evaluate(first, now);
        else if (ALL_RULES) this.#words[0] = instance.holdout(first, second);
        return this.#words;
      } catch (cause) {
        if (again) throw new EvaluatorError("the evaluator failed twice, the second time on a fresh instance", { cause });
        this.#restart(this.#encoder.bytes.length);
      }
    }
  }

  /** With which probability a unit draws this variant, 0 to 1. */
  propensity(experiment: number, variant: number): number {
    return this.#instance!.propensity(experiment, variant);
  }

  /** Writes the subject with these attributes into the instance, and gives what was written. */
  encode(subject: Subject, attributes: readonly Attribute[]): Uint8Array {
    if (!this.#instance) throw new Error("this ruleset was freed or damaged: load it again");
    for (let needed; (needed = this.#encoder.write(subject, attributes)); ) this.#restart(needed);
    return this.#encoder.bytes;
  }

  /** Gives the memory back as soon as the host collects it. The names stay. */
  free(): void {
    if (!this.#instance) return;
    this.#instance = undefined;
    this.tables.reader.moveTo(this.#ruleset.slice());
  }

  /** Replaces the instance: after a trap its memory may hold anything, and its room may be too small. */
  #restart(room: number): void {
    try {
      this.#encoder.moveTo(this.#start(this.#ruleset, room));
    } catch (cause) {
      if (!(cause instanceof RulesetError)) throw cause;
      this.#instance = undefined;
      throw new EvaluatorError("the evaluator failed and damaged its ruleset: load it again", { cause });
    }
    this.tables.reader.moveTo(this.#ruleset);
  }

  /** Makes an instance, loads the ruleset into it, which checks it, and gives the room for contexts. */
  #start(ruleset: Uint8Array, bytes: number): Uint8Array {
    const instance = evaluator.instantiate<Instance>();
    const { length } = ruleset;
    const place = instance.reserve(length, bytes);
    new Uint8Array(instance.memory.buffer).set(ruleset, place);
    const answers = instance.load();
    // Not before: loading may have made the memory grow, which detaches what looks into it.
    const { buffer } = instance.memory;
    this.#words = new Int32Array(buffer, answers);
    if (this.#words[0]) throw refusal(this.#words);
    this.#timed = this.#words[2] === 1;
    this.#ruleset = new Uint8Array(buffer, place, length);
    this.#instance = instance;
    return new Uint8Array(buffer, this.#words[1], bytes);
  }
}
