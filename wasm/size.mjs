// Prints what a page or a worker downloads: the module, and the JavaScript around it as a bundler minifies it.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/** Bytes of the module and of the minified JavaScript together, compressed, for `full` and `lite`. */
export async function measureSizes() {
  return Promise.all(["full", "lite"].map(measure));
}

async function measure(name) {
  const folder = join(here, "dist", name);
  const wasm = readFileSync(join(folder, "core.wasm"));
  const bundle = await build({
    entryPoints: [join(folder, "browser.js")],
    external: ["./core.wasm"],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  const glue = bundle.outputFiles[0].contents;
  const parts = { wasm, glue };
  const sizes = (compress) =>
    Object.fromEntries(Object.entries(parts).map(([part, bytes]) => [part, compress(bytes).length]));
  return { name, plain: sizes((bytes) => bytes), gzip: sizes(gzip), brotli: sizes(brotli) };
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
      console.log(`${name} ${coding.padEnd(7)} ${figures[0]} wasm + ${figures[1]} JavaScript = ${figures[2]} bytes`);
    }
  }
}
