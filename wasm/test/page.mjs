// Opens a page in Chromium that is built as a bundler for browsers builds it.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { onPage } from "./chromium.mjs";

/** What `use` makes of the page, once the program has defined the global function `name`. */
export async function onBuiltPage(program, name, use) {
  const site = mkdtempSync(join(tmpdir(), "edgewise-page-"));
  try {
    await build({
      stdin: { contents: program, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      outfile: join(site, "main.js"),
      bundle: true,
      format: "esm",
      conditions: ["browser"],
    });
    for (const module of ["core.wasm", "tools.wasm"]) {
      cpSync(fileURLToPath(import.meta.resolve(`edgewise/${module}`)), join(site, module));
    }
    writeFileSync(join(site, "index.html"), '<!doctype html><script type="module" src="/main.js"></script>');
    await onPage(site, async (page) => {
      await page.waitForFunction((name) => name in globalThis, name);
      await use(page);
    });
  } finally {
    rmSync(site, { recursive: true });
  }
}
