// Bundles the worker into dist/index.js, with the evaluator's WebAssembly beside it as a module of its own: workerd
// compiles modules at deployment and forbids compiling at run time. The tests are bundled next to it.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

process.chdir(import.meta.dirname);
rmSync("dist", { recursive: true, force: true });

await build({
  entryPoints: ["src/index.ts"],
  outdir: "dist",
  bundle: true,
  format: "esm",
  target: "es2022",
  conditions: ["workerd"],
  loader: { ".wasm": "copy" },
  assetNames: "[name]-[hash]",
  sourcemap: true,
});

const tests = readdirSync("test").filter((name) => name.endsWith(".test.ts"));
await build({
  entryPoints: tests.map((name) => `test/${name}`),
  outdir: "dist/test",
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
});
