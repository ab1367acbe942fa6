// Bundles for pages without a bundler of their own: the script-tag build, and the pages of the tests. esbuild leaves
// `new URL("./core.wasm", import.meta.url)` as it is, so the two evaluators' modules get names of their own here.
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const MODULES = { lite: "edgewise/lite/core.wasm", full: "edgewise/core.wasm" };

/** esbuild's options for a page; `options` has the entries, the format and the output folder. */
export async function bundlePage({ plugins = [], ...options }) {
  await build({
    absWorkingDir: import.meta.dirname,
    bundle: true,
    conditions: ["browser"],
    platform: "browser",
    target: "es2022",
    plugins: [...plugins, { name: "modules", setup: nameModules }],
    ...options,
  });
  mkdirSync(options.outdir, { recursive: true });
  for (const [name, specifier] of Object.entries(MODULES)) {
    copyFileSync(fileURLToPath(import.meta.resolve(specifier)), `${options.outdir}/${name}.wasm`);
  }
}

function nameModules(esbuild) {
  esbuild.onLoad({ filter: /[\\/]dist[\\/](lite|full)[\\/]browser\.js$/ }, ({ path }) => {
    const [, name] = /[\\/](lite|full)[\\/]browser\.js$/.exec(path);
    return { contents: readFileSync(path, "utf8").replaceAll("./core.wasm", `./${name}.wasm`), loader: "js" };
  });
}
