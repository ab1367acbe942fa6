/** Compiled WebAssembly modules, and what is made of them. */

/** Where the entry for an environment gets a compiled module from. */
export type ModuleSource = () => WebAssembly.Module | Promise<WebAssembly.Module>;

/** What the full build can do beyond evaluating. */
export interface Tools {
  ready(): Promise<void>;
  compile(document: object, forClients: boolean): Uint8Array<ArrayBuffer>;
  explain(ruleset: Uint8Array, context: Uint8Array, question: number, index: number, now: number): unknown[];
}

export class Module {
  #module: WebAssembly.Module | undefined;
  #arriving: Promise<WebAssembly.Module> | undefined;

  constructor(
    private readonly source: ModuleSource,
    /** What to await where it can only be fetched. */
    private readonly waiting: string,
  ) {}

  /** Gets the module. A failure to get it is not remembered. */
  async ready(given?: object): Promise<void> {
    try {
      this.#module ??= await (this.#arriving ??= Promise.resolve(given ? (given as WebAssembly.Module) : this.source()));
    } finally {
      this.#arriving = undefined;
    }
  }

  /** Gets the module now, where the environment can. */
  readySync(given?: object): void {
    if (this.#module) return;
    const found = given ? (given as WebAssembly.Module) : this.source();
    if (found instanceof Promise) {
      found.catch(() => undefined);
      throw new Error(`here the evaluator can only be fetched: await Edgewise.${this.waiting} once before`);
    }
    this.#module = found;
  }

  instantiate<T>(imports?: WebAssembly.Imports): T {
    return new WebAssembly.Instance(this.#module!, imports).exports as T;
  }
}
