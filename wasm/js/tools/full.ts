/** Compiling and explaining: on an instance apart, by the generated glue. */
import * as glue from "../../pkg/full/edgewise_bg.js";
import { type Tools, instantiate } from "../engine.js";
import { Watch } from "./watch.js";
import { DocumentError, EvaluatorError } from "../error.js";

let instance: { readonly memory: WebAssembly.Memory; __wbindgen_start(): void } | undefined;

export const tools: Tools = {
  imports: { "./edgewise_bg.js": glue },
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

function start(): NonNullable<typeof instance> {
  const started = instantiate() as unknown as NonNullable<typeof instance>;
  glue.__wbg_set_wasm(started);
  started.__wbindgen_start();
  return started;
}
