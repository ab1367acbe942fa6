// Prints what a page downloads: the JavaScript as a bundler minifies it, the small evaluator and its module in one sum;
// and what is fetched on demand, each by itself.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

/** Bytes by brotli: `page` is what every page downloads, the other names are chunks that few do. */
export async function measureSizes() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: ["src/index.ts"],
    outdir: "size",
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    write: false,
    conditions: ["browser"],
    // Fetched where a key is configured.
    external: ["./signature.js"],
    format: "esm",
    target: "es2022",
  });
  const bytesOf = new Map(outputFiles.map(({ path, contents }) => [basename(path), brotli(contents)]));
  const first = staticImports("size/index.js", metafile.outputs);
  const sum = (names) => names.reduce((total, name) => total + (bytesOf.get(basename(name)) ?? 0), 0);
  const module = (specifier) => brotli(readFileSync(fileURLToPath(import.meta.resolve(specifier))));
  const later = Object.keys(metafile.outputs).filter((name) => !first.includes(name));
  const javascript = sum(first);
  const wasm = module("edgewise/lite/core.wasm");
  return {
    page: { javascript, wasm, total: javascript + wasm },
    later: Object.fromEntries(later.map((name) => [metafile.outputs[name].entryPoint ?? basename(name), sum([name])])),
  };
}

/** The files that come with this one: itself, and what it imports statically. */
function staticImports(name, outputs, found = []) {
  if (found.includes(name)) return found;
  found.push(name);
  for (const { path, kind } of outputs[name].imports) {
    if (kind === "import-statement" && outputs[path]) staticImports(path, outputs, found);
  }
  return found;
}

function brotli(bytes) {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { page, later } = await measureSizes();
  console.log(`a page downloads ${page.javascript} JavaScript + ${page.wasm} wasm = ${page.total} bytes by brotli`);
  for (const [name, bytes] of Object.entries(later)) console.log(`on demand ${bytes} bytes: ${name}`);
}
