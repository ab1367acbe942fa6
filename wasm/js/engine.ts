/** The evaluator's compiled module, and the instances of it: every ruleset has one of its own. */

/** What an instance offers; see `wasm/src/evaluator.rs`. */
export interface Instance {
  readonly memory: WebAssembly.Memory;
  reserve(bytes: number, contextBytes: number): number;
  load(): number;
  assign(experiment: number, now: number): void;
  assignAll(now: number): void;
  evaluate(flag: number, now: number): void;
  propensity(experiment: number, variant: number): number;
  holdout(holdout: number, unitType: number): number;
}

/** Where the entry for an environment gets the compiled module from. */
export type ModuleSource = () => WebAssembly.Module | Promise<WebAssembly.Module>;

/** What the full build can do beyond evaluating. */
export interface Tools {
  readonly imports: WebAssembly.Imports;
  compile(document: object, forClients: boolean): Uint8Array<ArrayBuffer>;
  explain(ruleset: Uint8Array, context: Uint8Array, question: number, index: number, now: number): unknown[];
}

let source: ModuleSource | undefined;
let module: WebAssembly.Module | undefined;
let arriving: Promise<WebAssembly.Module> | undefined;
/** None in `edgewise/lite`. */
export let tools: Tools | undefined;

/** Called by the entry for each environment. */
export function install(from: ModuleSource, more?: Tools): void {
  source = from;
  tools = more;
}

/** Gets the module. A failure to get it is not remembered. */
export async function ready(given?: object): Promise<void> {
  if (module) return;
  try {
    module = await (arriving ??= Promise.resolve((given as WebAssembly.Module | undefined) ?? source!()));
  } finally {
    arriving = undefined;
  }
}

/** Gets the module now, where the environment can. */
export function readySync(given?: object): void {
  if (module) return;
  const found = (given as WebAssembly.Module | undefined) ?? source!();
  if (found instanceof Promise) {
    found.catch(() => undefined);
    throw new Error("the evaluator has to be fetched here: await Edgewise.load(…) once before, or pass { module }");
  }
  module = found;
}

export function instantiate(): Instance {
  return new WebAssembly.Instance(module!, tools?.imports).exports as unknown as Instance;
}
