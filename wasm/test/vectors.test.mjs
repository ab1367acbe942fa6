import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Edgewise } from "edgewise";
import { checkVectors } from "./check-vectors.mjs";
import { onBuiltPage } from "./page.mjs";
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
  const program = `
    import { Edgewise } from "edgewise";
    import { checkVectors } from "./check-vectors.mjs";
    globalThis.check = async (vectors) => checkVectors((await Edgewise.ready({ tools: true }), Edgewise), vectors);`;
  await onBuiltPage(program, "check", async (page) => {
    // As text: on its way as an object a key named __proto__ would be lost.
    const text = JSON.stringify(vectors);
    passed(await page.evaluate((text) => globalThis.check(JSON.parse(text)), text));
  });
});

function passed({ compared, differences }) {
  assert.deepEqual(differences, []);
  assert.ok(compared > 1000, `only ${compared} answers were compared`);
}
