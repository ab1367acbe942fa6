/** Bundlers and runtimes that import a WebAssembly file give the compiled module. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

/** Edge functions ask for the same with a query. */
declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}

/** The build inlines the file. */
declare module "inline:*" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
