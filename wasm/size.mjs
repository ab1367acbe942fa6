// Prints what a page or a worker downloads: the module, and the JavaScript around it as a bundler minifies it. The tools
// are a module apart, which is downloaded by those who compile documents or ask for explanations; so is what looks at
// signatures, for those who configure a key.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/** Bytes of the module and of the minified JavaScript, compressed, for `full` and `lite`; and of the tools' module. */
export async function measureSizes() {
  return [await measure("full"), await measure("lite"), measureTools()];
}

function measureTools() {
  return sizes("tools", { wasm: readFileSync(join(here, "dist/full/tools.wasm")), glue: new Uint8Array(0) });
}

async function measure(name) {
  const folder = join(here, "dist", name);
  const bundle = await build({
    entryPoints: [join(folder, "browser.js")],
    bundle: true,
    minify: true,
    format: "esm",
    // Fetched by those who configure a key.
    external: ["./signature.js"],
    target: "es2022",
    write: false,
  });
  return sizes(name, { wasm: readFileSync(join(folder, "core.wasm")), glue: bundle.outputFiles[0].contents });
}

function sizes(name, parts) {
  const by = (compress) =>
    Object.fromEntries(Object.entries(parts).map(([part, bytes]) => [part, bytes.length && compress(bytes).length]));
  return { name, plain: by((bytes) => bytes), gzip: by(gzip), brotli: by(brotli) };
}

function gzip(bytes) {
  return gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
}

function brotli(bytes) {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { name, ...coded } of await measureSizes()) {
    for (const [coding, { wasm, glue }] of Object.entries(coded)) {
      const figures = [wasm, glue, wasm + glue].map((bytes) => `${bytes}`.padStart(7));
      console.log(`${name.padEnd(5)} ${coding.padEnd(7)} ${figures[0]} wasm + ${figures[1]} JavaScript = ${figures[2]} bytes`);
    }
  }
}
