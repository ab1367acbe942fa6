// Bundles the worker into dist/index.js, with the evaluator's WebAssembly beside it as a module of its own: workerd
// compiles modules at deployment and forbids compiling at run time. dist/create.js is the same for entries that bring a
// ruleset along; dist/portable/ has the WebAssembly inlined, for hosts that compile it, and a script for those that take no
// modules. The tests are bundled next to it.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

process.chdir(import.meta.dirname);
rmSync("dist", { recursive: true, force: true });

const shared = { bundle: true, format: "esm", target: "es2022", sourcemap: true };

await build({
  ...shared,
  entryPoints: ["src/index.ts", "src/create.ts"],
  outdir: "dist",
  conditions: ["workerd"],
  loader: { ".wasm": "copy" },
  assetNames: "[name]-[hash]",
});

const portable = {
  ...shared,
  outdir: "dist/portable",
  // No runtime's own entry: the evaluator's default, which has its WebAssembly inlined.
  conditions: [],
  platform: "neutral",
  mainFields: ["module", "main"],
};
await build({ ...portable, entryPoints: ["src/create.ts"] });
await build({ ...portable, entryPoints: ["hosts/service-worker.mjs"], format: "iife" });

const tests = readdirSync("test").filter((name) => name.endsWith(".test.ts"));
await build({
  ...shared,
  entryPoints: tests.map((name) => `test/${name}`),
  outdir: "dist/test",
  packages: "external",
  platform: "node",
  target: "node20",
});
