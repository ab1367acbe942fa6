// Compiles the package into dist/, one module a source file: bundlers of the page do the rest. The tests are bundled
// beside it, with a page of their own.
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(import.meta.dirname);
rmSync("dist", { recursive: true, force: true });

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { stdio: "inherit" });

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

await build({
  entryPoints: ["test/page.ts"],
  outdir: "dist/test/page",
  bundle: true,
  conditions: ["browser"],
  platform: "browser",
  format: "esm",
  target: "es2022",
});
copyFileSync(fileURLToPath(import.meta.resolve("edgewise/core.wasm")), "dist/test/page/core.wasm");
