/**
 * Compiles the file there. Node, Deno and Bun hand out the module that reads it: to import it by name takes as long as
 * everything else here.
 */
export function readModule(url: URL): WebAssembly.Module {
  return new WebAssembly.Module(process.getBuiltinModule("node:fs").readFileSync(url));
}
