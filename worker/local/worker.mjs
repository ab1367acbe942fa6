/**
 * The built worker on a workerd of its own, on loopback, as the tests and the demo run it.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));

/**
 * @typedef {import("node:stream").Readable} Readable
 *
 * @typedef {object} LocalWorker
 * @property {string} url without a slash at its end
 * @property {Miniflare} runtime what its bindings can be looked into by
 * @property {() => Promise<void>} stop
 */

/**
 * Starts the bundle that `npm run build` made, on a free port.
 *
 * @param {Record<string, string>} environment the variables of `src/settings.ts`
 * @param {(line: string) => void} [log] gets what the worker writes to its console
 * @param {object} [bindings] further options of Miniflare: `kvNamespaces`, `durableObjects`, …
 * @param {import("miniflare").ModuleDefinition[]} [entry] an entry of one's own before the bundle's modules
 * @returns {Promise<LocalWorker>}
 */
export async function startWorker(environment, log = () => {}, bindings = {}, entry = []) {
  const runtime = new Miniflare({
    modules: [...entry, ...modules(entry.length > 0 ? "create.js" : "index.js")],
    modulesRoot: DIST,
    compatibilityDate: "2026-04-01",
    bindings: environment,
    host: "127.0.0.1",
    telemetry: { enabled: false },
    cf: false,
    handleRuntimeStdio: (/** @type {Readable} */ stdout, /** @type {Readable} */ stderr) => {
      for (const stream of [stdout, stderr]) stream.setEncoding("utf8").on("data", log);
    },
    ...bindings,
  });
  const url = (await runtime.ready).href.replace(/\/$/, "");
  return { url, runtime, stop: () => runtime.dispose() };
}

/**
 * The bundle's modules, the first of them its script.
 *
 * @param {string} script
 * @returns {import("miniflare").ModuleDefinition[]}
 */
function modules(script) {
  const wasm = readdirSync(DIST).filter((name) => name.endsWith(".wasm"));
  return [
    { type: "ESModule", path: `${DIST}${script}` },
    ...wasm.map((name) => ({ type: /** @type {const} */ ("CompiledWasm"), path: `${DIST}${name}` })),
  ];
}
