// What the packages of this folder have in common: each is compiled into its dist/, and its tests are bundled beside it.
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";

/** Compiles the package in this folder into dist/, one module a source file: whoever uses it bundles, or does not. */
export function compile(folder) {
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: folder, stdio: "inherit" });
}

/** Bundles its tests for Node.js into dist/test/. */
export async function bundleTests(folder) {
  const tests = readdirSync(join(folder, "test")).filter((name) => name.endsWith(".test.ts"));
  await build({
    absWorkingDir: folder,
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: "dist/test",
    bundle: true,
    jsx: "automatic",
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
  });
}
