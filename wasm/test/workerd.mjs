// Runs a worker program on workerd, with the package found as a bundler for workers finds it.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

/** What `use` makes of a function that posts JSON to the worker and gives its JSON answer. */
export async function inWorkerd(program, folder, use) {
  const out = mkdtempSync(join(tmpdir(), "edgewise-workerd-"));
  try {
    await bundle(program, fileURLToPath(folder), out);
    const worker = new Miniflare({
      modules: modulesIn(out),
      modulesRoot: out,
      compatibilityDate: "2026-04-01",
      host: "127.0.0.1",
      cf: false,
      telemetry: { enabled: false },
    });
    try {
      return await use(async (body) => {
        const response = await worker.dispatchFetch("http://worker/", { method: "POST", body: JSON.stringify(body) });
        const text = await response.text();
        if (!response.ok) throw new Error(`the worker answered ${response.status}: ${text}`);
        return JSON.parse(text);
      });
    } finally {
      await worker.dispose();
    }
  } finally {
    rmSync(out, { recursive: true });
  }
}

async function bundle(contents, resolveDir, outdir) {
  await build({
    stdin: { contents, resolveDir, sourcefile: "worker.mjs" },
    outdir,
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    // Copied beside the worker and imported from there: workerd compiles it ahead of time.
    loader: { ".wasm": "copy" },
  });
}

function modulesIn(folder) {
  return readdirSync(folder)
    .sort((a) => (a.endsWith(".js") ? -1 : 1))
    .map((name) => ({
      type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule",
      path: join(folder, basename(name)),
      contents: readFileSync(join(folder, name)),
    }));
}
