// What a bundler makes of a program, by esbuild.
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const here = import.meta.dirname;

/** CommonJS inside a bundle of modules still asks for these. */
const COMMONJS = `import { createRequire as makeRequire } from "node:module";
import { fileURLToPath as pathOf } from "node:url";
import { dirname as folderOf } from "node:path";
const require = makeRequire(import.meta.url), __filename = pathOf(import.meta.url), __dirname = folderOf(__filename);`;

const SHARED = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "silent",
  define: { "process.env.NODE_ENV": '"production"' },
};

/** One file for Node.js, as a deployment to an edge might have it. */
export async function bundleForNode(entry, outfile) {
  await build({ ...SHARED, entryPoints: [entry], outfile, platform: "node", banner: { js: COMMONJS } });
}

/** The minified bytes of a program for browsers, from a file or a text: without what it only imports when it needs it. */
export async function bundleForBrowser({ file, text }) {
  const { outputFiles, metafile } = await build({
    ...SHARED,
    ...(file ? { entryPoints: [file] } : { stdin: { contents: text, resolveDir: here, loader: "js" } }),
    platform: "browser",
    external: ["*.wasm"],
    splitting: true,
    outdir: "bundle",
    metafile: true,
    write: false,
  });
  const entry = Object.keys(metafile.outputs).find((path) => metafile.outputs[path].entryPoint);
  const wanted = [...importedBy(entry, metafile.outputs)].map((path) => join(here, path));
  return Buffer.concat(wanted.map((path) => outputFiles.find((file) => file.path === path).contents));
}

/** The file and those that it imports at once, directly or not. */
function importedBy(path, outputs, found = new Set()) {
  if (found.has(path) || !outputs[path]) return found;
  found.add(path);
  for (const { path: imported, kind } of outputs[path].imports) {
    if (kind === "import-statement") importedBy(imported, outputs, found);
  }
  return found;
}

/** Where a file of an installed package is. */
export function packageFile(specifier) {
  return require.resolve(specifier);
}
