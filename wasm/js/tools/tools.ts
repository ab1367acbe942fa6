/** Compiling and explaining: in a module and on an instance apart, by the generated glue. */
import * as glue from "../../pkg/tools/edgewise_bg.js";
import { DocumentError, EvaluatorError } from "../error.js";
import { Module, type ModuleSource, type Tools } from "../module.js";
import { Watch } from "./watch.js";

interface Instance {
  readonly memory: WebAssembly.Memory;
  __wbindgen_start(): void;
}

let module: Module;
let instance: Instance | undefined;

/** The tools, whose module comes from there. */
export function toolsFrom(source: ModuleSource): Tools {
  module = new Module(source, "ready({ tools: true })");
  return tools;
}

const tools: Tools = {
  ready: () => module.ready(),
  compile(document, forClients) {
    const watch = new Watch();
    let outcome: unknown;
    try {
      outcome = surviving(() => glue.compile(watch.over(document), forClients));
    } catch (error) {
      outcome = error;
    }
    if (outcome instanceof DocumentError && outcome.code === "shape") throw outcome;
    const unknown = watch.unknown();
    if (unknown !== undefined) throw new DocumentError("shape", `not a document: it has no field ${unknown}`);
    if (outcome instanceof Uint8Array) return outcome as Uint8Array<ArrayBuffer>;
    throw outcome;
  },
  explain: (...question) => surviving(() => glue.explain(...question)),
};

/** A failure of the evaluator's own replaces the instance, once. */
function surviving<T>(task: () => T): T {
  module.readySync();
  for (let again = false; ; again = true) {
    try {
      instance ??= start();
      return task();
    } catch (cause) {
      if (cause instanceof Error && /^[a-z]+$/.test(cause.name)) throw new DocumentError(cause.name, cause.message);
      if (again) throw new EvaluatorError("the evaluator failed twice, the second time on a fresh instance", { cause });
      // The glue keeps views of the memory until they are detached, which growing by nothing does.
      instance?.memory.grow(0);
      instance = undefined;
    }
  }
}

function start(): Instance {
  const started = module.instantiate<Instance>({ "./edgewise_bg.js": glue });
  glue.__wbg_set_wasm(started);
  started.__wbindgen_start();
  return started;
}
