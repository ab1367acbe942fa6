// Prints what a page or a worker downloads: the module, and the JavaScript around it as a bundler minifies it. The tools
// are a module apart, which is downloaded by those who compile documents or ask for explanations; so is what looks at
// signatures, for those who configure a key.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Bytes of the module and of the minified JavaScript, compressed, for `full` and `lite`; and of what is downloaded apart:
 * the tools' module, and what looks at signatures, which comes to either where a key is configured.
 */
export async function measureSizes() {
  return [await measure("full"), await measure("lite"), measureTools(), await measureSignature()];
}

async function measureSignature() {
  return sizes("signature", { wasm: new Uint8Array(0), glue: await minified(join(here, "dist/lite/signature.js")) });
}

function measureTools() {
  return sizes("tools", { wasm: readFileSync(join(here, "dist/full/tools.wasm")), glue: new Uint8Array(0) });
}

async function measure(name) {
  const folder = join(here, "dist", name);
  return sizes(name, {
    wasm: readFileSync(join(folder, "core.wasm")),
    glue: await minified(join(folder, "browser.js")),
  });
}

async function minified(file) {
  const bundle = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    format: "esm",
    // Fetched by those who configure a key.
    external: ["./signature.js"],
    target: "es2022",
    write: false,
  });
  return bundle.outputFiles[0].contents;
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
      console.log(`${name.padEnd(9)} ${coding.padEnd(7)} ${figures[0]} wasm + ${figures[1]} JavaScript = ${figures[2]} bytes`);
    }
  }
}
