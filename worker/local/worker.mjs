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
 * @property {() => Promise<void>} stop
 */

/**
 * Starts the bundle that `npm run build` made, on a free port.
 *
 * @param {Record<string, string>} environment the variables of `src/settings.ts`
 * @param {(line: string) => void} [log] gets what the worker writes to its console
 * @returns {Promise<LocalWorker>}
 */
export async function startWorker(environment, log = () => {}) {
  const wasm = readdirSync(DIST).filter((name) => name.endsWith(".wasm"));
  const miniflare = new Miniflare({
    modules: [
      { type: "ESModule", path: `${DIST}index.js` },
      ...wasm.map((name) => ({ type: /** @type {const} */ ("CompiledWasm"), path: `${DIST}${name}` })),
    ],
    modulesRoot: DIST,
    compatibilityDate: "2026-04-01",
    bindings: environment,
    host: "127.0.0.1",
    telemetry: { enabled: false },
    cf: false,
    handleRuntimeStdio: (/** @type {Readable} */ stdout, /** @type {Readable} */ stderr) => {
      for (const stream of [stdout, stderr]) stream.setEncoding("utf8").on("data", log);
    },
  });
  const url = (await miniflare.ready).href.replace(/\/$/, "");
  return { url, stop: () => miniflare.dispose() };
}
