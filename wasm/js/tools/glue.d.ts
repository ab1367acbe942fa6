/** What `wasm-pack` generates for `wasm/src/full.rs`. */
declare module "*/edgewise_bg.js" {
  export function __wbg_set_wasm(exports: object): void;
  export function compile(document: object, forClients: boolean): Uint8Array<ArrayBuffer>;
  export function explain(
    ruleset: Uint8Array,
    context: Uint8Array,
    question: number,
    index: number,
    now: number,
  ): unknown[];
}
