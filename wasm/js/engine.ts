/** The evaluator's module, and the instances of it: every ruleset has one of its own. */
import { Module, type ModuleSource, type Tools } from "./module.js";

/** What an instance offers; see `wasm/src/evaluator.rs`. */
export interface Instance {
  readonly memory: WebAssembly.Memory;
  reserve(bytes: number, contextBytes: number): number;
  load(): number;
  assign(first: number, count: number, now: number): void;
  evaluate(flag: number, now: number): void;
  propensity(experiment: number, variant: number): number;
  holdout(holdout: number, unitType: number): number;
}

export let evaluator: Module;
/** None in `edgewise/lite`. */
export let tools: Tools | undefined;

/** Called by the entry for each environment. */
export function install(source: ModuleSource, more: Tools | undefined): void {
  evaluator = new Module(source, "load(…)");
  tools = more;
}
