import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Edgewise } from "edgewise";
import { build } from "esbuild";
import { checkVectors } from "./check-vectors.mjs";
import { onPage } from "./chromium.mjs";
import { inWorkerd } from "./workerd.mjs";

const read = (name) => JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));
const vectors = { bucket: read("bucket"), assign: read("assign") };

test("Node gives the answers of the golden vectors", () => {
  passed(checkVectors(Edgewise, vectors));
});

test("workerd gives the answers of the golden vectors", async () => {
  const program = `
    import { Edgewise } from "edgewise";
    import { checkVectors } from "./check-vectors.mjs";
    export default {
      async fetch(request) {
        return Response.json(checkVectors(Edgewise, await request.json()));
      },
    };`;
  const report = await inWorkerd(program, new URL(".", import.meta.url), (send) => send(vectors));
  passed(report);
});

test("Chromium gives the answers of the golden vectors", async () => {
  const site = mkdtempSync(join(tmpdir(), "edgewise-vectors-"));
  try {
    await buildPage(site);
    await onPage(site, async (page) => {
      await page.waitForFunction(() => "check" in globalThis);
      // As text: on its way as an object a key named __proto__ would be lost.
      const text = JSON.stringify(vectors);
      passed(await page.evaluate((text) => globalThis.check(JSON.parse(text)), text));
    });
  } finally {
    rmSync(site, { recursive: true });
  }
});

async function buildPage(site) {
  const contents = `
    import { Edgewise } from "edgewise";
    import { checkVectors } from "./check-vectors.mjs";
    globalThis.check = async (vectors) => checkVectors((await Edgewise.ready(), Edgewise), vectors);`;
  await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    outfile: join(site, "main.js"),
    bundle: true,
    format: "esm",
    conditions: ["browser"],
  });
  cpSync(fileURLToPath(import.meta.resolve("edgewise/core.wasm")), join(site, "core.wasm"));
  writeFileSync(join(site, "index.html"), '<!doctype html><script type="module" src="/main.js"></script>');
}

function passed({ compared, differences }) {
  assert.deepEqual(differences, []);
  assert.ok(compared > 1000, `only ${compared} answers were compared`);
}
