// Compiles the package into dist/, one module a source file: bundlers of the page do the rest. For pages without one
// there is dist/script. The tests are bundled beside it, with pages of their own.
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { bundlePage } from "./bundle.mjs";

process.chdir(import.meta.dirname);
rmSync("dist", { recursive: true, force: true });

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { stdio: "inherit" });

const tests = readdirSync("test").filter((name) => name.endsWith(".test.ts"));
await build({
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

const pages = readdirSync("test/pages").filter((name) => /\.tsx?$/.test(name));
await bundlePage({
  jsx: "automatic",
  entryPoints: pages.map((name) => `test/pages/${name}`),
  outdir: "dist/test/pages",
  format: "esm",
  splitting: true,
});

// The script tag: one classic script, and beside it what it fetches on demand. `import()` in a classic script goes by
// the script's own address, and so do the modules.
const BESIDE = { edgewise: "./edgewise-full.js", "./panel.js": "./edgewise-panel.js" };
await bundlePage({
  entryPoints: { edgewise: "src/script.ts" },
  outdir: "dist/script",
  format: "iife",
  minify: true,
  define: { "import.meta.url": "scriptUrl" },
  banner: { js: "(()=>{const scriptUrl=document.currentScript.src;" },
  footer: { js: "})();" },
  plugins: [{ name: "beside", setup: leaveBeside }],
});
await bundlePage({
  entryPoints: { "edgewise-full": "edgewise", "edgewise-panel": "src/panel.ts" },
  outdir: "dist/script",
  format: "esm",
  minify: true,
});

/** What is imported when it is needed stays a file of its own. */
function leaveBeside(esbuild) {
  esbuild.onResolve({ filter: /^(edgewise|\.\/panel\.js)$/ }, ({ path, kind }) => {
    return kind === "dynamic-import" ? { path: BESIDE[path], external: true } : undefined;
  });
}
