// Compiles the package; bundlers of the page do the rest. For pages without one there is dist/script. The tests are bundled
// beside it, with pages of their own.
import { readdirSync } from "node:fs";
import { bundleTests, compile } from "../build.mjs";
import { bundlePage } from "./bundle.mjs";

process.chdir(import.meta.dirname);
compile(import.meta.dirname);
await bundleTests(import.meta.dirname);

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
