// What a browser downloads for a minimal program that fetches its configuration and assigns one experiment.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { bundleForBrowser, packageFile } from "../bundle.mjs";
import { contenderFile, FULL, GROWTHBOOK, LITE } from "../contenders.mjs";
import { OPEN } from "../experiments.mjs";
import { bytes, NONE, ratio, table } from "../table.mjs";

export const title = "Size";

const PROGRAMS = join(import.meta.dirname, "..", "programs");
/** WebAssembly modules that the program fetches besides. */
const MODULES = {
  [FULL]: "edgewise/core.wasm",
  [LITE]: "edgewise/lite/core.wasm",
  flipt: "@flipt-io/flipt-client-js/engine.wasm",
  devcycle: "@devcycle/bucketing-assembly-script/build/bucketing-lib.worker.wasm",
};
/** They need Node.js's own modules. */
const NOT_FOR_BROWSERS = ["launchdarkly", "unleash", "flagsmith", "statsig-core", "posthog"];

export async function measure(contenders) {
  const figures = {};
  for (const contender of contenders) {
    figures[contender.name] = NOT_FOR_BROWSERS.includes(contender.name) ? null : await sizeOf(contender);
  }
  console.log("\nbytes of a minimal browser program, minified, its WebAssembly included");
  console.log(tableOf(contenders, figures));
  return figures;
}

async function sizeOf({ name, bytes }) {
  const own = join(PROGRAMS, `${name}.mjs`);
  const files = [await bundleForBrowser(existsSync(own) ? { file: own } : { text: programOf(name, bytes) })];
  if (name in MODULES) files.push(readFileSync(packageFile(MODULES[name])));
  const sum = (coded) => files.reduce((total, file) => total + coded(file).length, 0);
  return { plain: sum((file) => file), gzip: sum(gzip), brotli: sum(brotli), files: files.map(({ length }) => length) };
}

function programOf(name, bytes) {
  return `
    import { open } from ${JSON.stringify(contenderFile(name))};
    const configuration = await fetch("configuration");
    const client = await open(await configuration.${bytes ? "arrayBuffer" : "text"}());
    globalThis.assign = async (...unit) =>
      client.variantOf(await client.one(client.subject(...unit), ${JSON.stringify(OPEN.id)}));
  `;
}

function gzip(file) {
  return gzipSync(file, { level: constants.Z_BEST_COMPRESSION });
}

function brotli(file) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: file.length,
  };
  return brotliCompressSync(file, { params });
}

function tableOf(contenders, figures) {
  const growthbook = figures[GROWTHBOOK].brotli;
  const rows = contenders
    .toSorted((one, other) => (figures[one.name]?.brotli ?? Infinity) - (figures[other.name]?.brotli ?? Infinity))
    .map(({ name, title }) => {
      if (figures[name] === null) return [title, NONE, NONE, NONE, NONE];
      const { plain, gzip, brotli } = figures[name];
      return [title, bytes(plain), bytes(gzip), bytes(brotli), ratio(brotli / growthbook)];
    });
  return table(["", "plain", "gzip -9", "brotli 11", "of GrowthBook client"], rows);
}
