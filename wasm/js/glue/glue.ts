/** What the evaluator's generated glue exports; see `wasm/src`. */
export interface Glue {
  initSync(options: { module: WebAssembly.Module }): unknown;
  linearMemory(): WebAssembly.Memory;
  replaceInstance(): void;
  Evaluator: new (ruleset: Uint8Array) => Evaluator;
  /** The full build only. */
  compile?: (document: object) => Uint8Array;
}

/** One ruleset with its buffers. */
export interface Evaluator {
  /** All names, once; `takeNumbers` says how to cut them. See `tables.ts`. */
  takeText(): string;
  takeNumbers(): Uint32Array;
  reserveContext(bytes: number): number;
  contextLength(): number;
  answersPointer(): number;
  answersLength(): number;
  assign(experiment: number, now: number): void;
  assignAll(now: number): void;
  evaluate(flag: number, now: number): void;
  /** The full build only. */
  explainExperiment?(experiment: number, now: number): unknown;
  /** The full build only. */
  explainFlag?(flag: number, now: number): unknown;
  free(): void;
}
