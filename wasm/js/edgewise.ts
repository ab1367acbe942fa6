import { Context } from "./context.js";
import { checkDirectives, type Directives } from "./directives.js";
import { evaluator, tools } from "./engine.js";
import { notInLite, RulesetError } from "./error.js";
import { Interpreter } from "./interpreter.js";
import type { ContextValues } from "./names.js";
import type { Places } from "./places.js";
import type { Experiment, Flag, Tables } from "./tables.js";

/** A ruleset as files, responses and stores hand it over. The evaluator takes a copy. */
export type RulesetBytes = ArrayBuffer | ArrayBufferView;

/** How to get at the evaluator. */
export interface LoadOptions {
  /**
   * `edgewise/core.wasm` as a `WebAssembly.Module`, where the environment does not find it by itself. Only the first
   * one counts. (Typed as an object because not every environment's types know that name.)
   */
  readonly module?: object;
  /**
   * What the ruleset's signature is held against, before anything else looks at the bytes: an Ed25519 key, as 32 bytes
   * or in base64, as `edgewise keys public` prints it. Takes `load`, because WebCrypto takes time.
   */
  readonly publicKey?: string | Uint8Array;
}

/** Whom to ask for, and when. */
export interface ContextOptions extends Directives {
  /**
   * The time that experiments go by, in milliseconds since the Unix epoch. By default that of the first question that
   * depends on it.
   */
  readonly now?: number | Date;
}

const NO_OPTIONS: ContextOptions = {};

/** How far from the Unix epoch a `Date` reaches, in milliseconds (ECMA-262, “Time Values and Time Range”). */
const FARTHEST_TIME = 8.64e15;

/** A loaded ruleset. Everything but loading is synchronous, and evaluating never throws over a ruleset or a context. */
export class Edgewise {
  readonly #interpreter: Interpreter;
  readonly #tables: Tables;
  #experiments: readonly Experiment[] | undefined;
  #flags: readonly Flag[] | undefined;

  private constructor(ruleset: Uint8Array) {
    this.#interpreter = new Interpreter(ruleset);
    this.#tables = this.#interpreter.tables;
  }

  /**
   * Loads a ruleset: the bytes that `edgewise build` writes and `GET /v1/ruleset` serves.
   *
   * @throws {RulesetError} the bytes are no ruleset that this evaluator reads.
   */
  static async load(ruleset: RulesetBytes | Promise<RulesetBytes>, options: LoadOptions = {}): Promise<Edgewise> {
    const [given] = await Promise.all([ruleset, evaluator.ready(options.module)]);
    const bytes = bytesOf(given);
    return new Edgewise(options.publicKey === undefined ? bytes : await verified(bytes, options.publicKey));
  }

  /**
   * Loads a ruleset at once. In browsers something has to be awaited once before: `ready()` or `load(…)`.
   *
   * @throws {RulesetError} the bytes are no ruleset that this evaluator reads.
   */
  static loadSync(ruleset: RulesetBytes, options: LoadOptions = {}): Edgewise {
    if (options.publicKey !== undefined) throw new TypeError("a signature takes time to verify: await Edgewise.load(…)");
    evaluator.readySync(options.module);
    return new Edgewise(bytesOf(ruleset));
  }

  /**
   * Fetches and compiles the evaluator, so that `loadSync` can do without waiting; and with `tools: true` what `compile`
   * and `explain` take, too. Only browsers have to wait for either.
   */
  static async ready(options: LoadOptions & { readonly tools?: boolean } = {}): Promise<void> {
    await Promise.all([evaluator.ready(options.module), ALL_RULES && options.tools && tools!.ready()]);
  }

  /**
   * Turns a document, as `edgewise build --document` writes it, into a ruleset. Not in `edgewise/lite`.
   *
   * @param audience `client`: what a browser may see, and nothing else. By default `server`: everything.
   * @throws {DocumentError} the object is no document, or contradicts itself.
   */
  static compile(document: object, audience: "server" | "client" = "server"): Uint8Array<ArrayBuffer> {
    if (!ALL_RULES) throw new Error(notInLite("the compiler"));
    return tools!.compile(document, audience === "client");
  }

  /** What events name this ruleset by: 32 hexadecimal digits. */
  get digest(): string {
    return this.#tables.digest;
  }

  /** Whose experiments these are, where a workspace serves several tenants. */
  get tenant(): string | undefined {
    return this.#tables.tenant;
  }

  /** The environment that the ruleset was built for, where it was built for one. */
  get environment(): string | undefined {
    return this.#tables.environment;
  }

  /** The unit types; the first is the default. Under these names a context holds unit ids. */
  get unitTypes(): readonly string[] {
    return this.#tables.unitTypes;
  }

  /** The experiments, in the order of their ids. */
  get experiments(): readonly Experiment[] {
    return (this.#experiments ??= every(this.#tables.experimentPlaces, (place) => this.#tables.experiment(place)));
  }

  /** The flags, in the order of their ids. */
  get flags(): readonly Flag[] {
    return (this.#flags ??= every(this.#tables.flagPlaces, (place) => this.#tables.flag(place)));
  }

  /**
   * Somebody to ask for: unit ids under the names of `unitTypes`, attributes under all others.
   *
   * A unit id is a string of 1 to 1,024 bytes of UTF-8 or a safe integer, which counts as its decimal. An attribute is
   * a boolean, a finite number or a string, nested in plain objects as deeply as you like.
   *
   * @throws {TypeError} `values` is no object, `now` is no time, `sticky` has more than 512 records, or `edgewise/lite` is
   *   given `forced`.
   */
  context(values: ContextValues, options: ContextOptions = NO_OPTIONS): Context {
    if (typeof values !== "object" || values === null) {
      throw new TypeError(`a context is an object with unit ids and attributes, not ${String(values)}`);
    }
    if (ALL_RULES) checkDirectives(options);
    else if (options.forced) throw new TypeError(notInLite("forced variants"));
    return new Context(this.#interpreter, values, options, timeOf(options.now));
  }

  /** Gives the evaluator's memory back at once; nothing can be asked after that. */
  free(): void {
    this.#interpreter.free();
  }
}

/** The ruleset, as it was verified: the host may change its own while that takes time. */
async function verified(ruleset: Uint8Array, publicKey: string | Uint8Array): Promise<Uint8Array> {
  const copy = ruleset.slice();
  // What few hosts ask for is loaded when they do.
  const { verify } = await import("./signature.js");
  const refusal = await verify(copy, publicKey);
  if (refusal) throw new RulesetError(...refusal);
  return copy;
}

function every<T>({ count }: Places, at: (place: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, place) => at(place));
}

function timeOf(given: number | Date | undefined): number | undefined {
  if (given === undefined) return undefined;
  const now = Math.floor(Number(given));
  if (Math.abs(now) <= FARTHEST_TIME) return now;
  throw new TypeError(`now takes a Date or milliseconds since the Unix epoch, not ${String(given)}`);
}

function bytesOf(ruleset: RulesetBytes): Uint8Array {
  if (ruleset instanceof ArrayBuffer) return new Uint8Array(ruleset);
  if (ArrayBuffer.isView(ruleset)) return new Uint8Array(ruleset.buffer, ruleset.byteOffset, ruleset.byteLength);
  throw new TypeError("a ruleset is an ArrayBuffer or a view of one, such as a Uint8Array");
}
