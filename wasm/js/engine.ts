/** The WebAssembly instance that all rulesets of a program share, and its replacement after a trap. */
import { codeOf, DocumentError } from "./error.js";
import type { Glue } from "./glue/glue.js";

/** Where the entry for an environment gets the compiled module from. */
export type ModuleSource = () => WebAssembly.Module | Promise<WebAssembly.Module>;

export class Engine {
  /** Counts the instances: what was made by an earlier one is gone. */
  generation = 0;
  memory: WebAssembly.Memory | undefined;
  #arriving: Promise<WebAssembly.Module> | undefined;

  constructor(
    readonly glue: Glue,
    private readonly source: ModuleSource,
  ) {}

  /** Makes the instance, once the module is there. A failure to get it is not remembered. */
  async ready(given?: object): Promise<void> {
    if (this.memory) return;
    try {
      this.#arriving ??= Promise.resolve((given as WebAssembly.Module | undefined) ?? this.source());
      this.#start(await this.#arriving);
    } catch (error) {
      this.#arriving = undefined;
      throw error;
    }
  }

  /** Makes the instance now, where the environment can. */
  readySync(given?: object): void {
    if (this.memory) return;
    const module = (given as WebAssembly.Module | undefined) ?? this.source();
    if (module instanceof Promise) {
      module.catch(() => undefined);
      throw new Error(
        "loadSync needs the evaluator, and here it can only be fetched: await Edgewise.load(…) once before," +
          " or pass { module }, compiled from edgewise/core.wasm",
      );
    }
    this.#start(module);
  }

  /** Turns a document into a ruleset. A failure of the evaluator's own replaces the instance and compiles again. */
  compile(document: object): Uint8Array {
    const { compile } = this.glue;
    if (!compile) throw new Error("edgewise/lite was built without the compiler: import from edgewise instead");
    this.readySync();
    try {
      return compiled(compile, document);
    } catch (error) {
      if (error instanceof DocumentError) throw error;
    }
    this.replace();
    return compiled(compile, document);
  }

  /** After a trap the memory may hold anything: begin anew from the same module. */
  replace(): void {
    this.glue.replaceInstance();
    this.memory = this.glue.linearMemory();
    this.generation++;
  }

  #start(module: WebAssembly.Module): void {
    if (this.memory) return;
    this.glue.initSync({ module });
    this.memory = this.glue.linearMemory();
  }
}

function compiled(compile: NonNullable<Glue["compile"]>, document: object): Uint8Array {
  try {
    return compile(document);
  } catch (error) {
    const code = codeOf(error);
    throw code === undefined ? error : new DocumentError(code, (error as Error).message);
  }
}

let engine: Engine | undefined;

/** Called by the entry for each environment. */
export function install(glue: Glue, source: ModuleSource): void {
  engine = new Engine(glue, source);
}

/** The engine that the entry installed. */
export function installed(): Engine {
  if (!engine) throw new Error("import edgewise by one of the entries in its package.json");
  return engine;
}
