// What a user installs: the packed tarball, in a folder of its own, in each environment.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Edgewise } from "edgewise";
import { build } from "vite";
import { onPage } from "./chromium.mjs";
import { NOW, SHOP } from "./fixture.mjs";
import { inWorkerd } from "./workerd.mjs";

const VALUES = { user: "u_42", country: "IN", app: { version: "2.5.1" } };

const bytes = Edgewise.compile(SHOP);
const expected = JSON.parse(JSON.stringify(Edgewise.loadSync(bytes).context(VALUES, { now: NOW }).assignments()));
/** Signed, because what looks at signatures is loaded when there is a key. */
const question = { ...(await sign(bytes)), values: VALUES, now: NOW };

/** Code that answers the question, for environments that get it as text. */
const ANSWER = `async ({ ruleset, publicKey, values, now }) =>
  (await Edgewise.load(new Uint8Array(ruleset), { publicKey })).context(values, { now }).assignments()`;

let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "edgewise-package-"));
  const npm = (args, cwd) => execFileSync("npm", [...args, "--silent", "--no-audit", "--no-fund"], { cwd });
  const tarball = npm(["pack", "--pack-destination", folder], fileURLToPath(new URL("..", import.meta.url)));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  npm(["install", "--offline", "--no-package-lock", join(folder, tarball.toString().trim())], folder);
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("the tarball holds what the entries name, and no sources", () => {
  const root = join(folder, "node_modules/edgewise");
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = Object.values(exports).flatMap((entry) => (typeof entry === "string" ? entry : Object.values(entry)));
  for (const path of named) assert.ok(existsSync(join(root, path)), path);
  assert.ok(existsSync(join(root, "README.md")));
  for (const path of ["src", "js", "pkg", "test", "bench"]) assert.ok(!existsSync(join(root, path)), path);
});

test("the conditions come in the order in which environments have to meet them", () => {
  const { exports } = JSON.parse(readFileSync(join(folder, "node_modules/edgewise/package.json"), "utf8"));
  const order = ["types", "workerd", "edge-light", "deno", "bun", "node", "browser", "default"];
  assert.deepEqual(Object.keys(exports["."]), order);
  assert.deepEqual(Object.keys(exports["./lite"]), order);
});

test("the types stand on their own, with and without a browser's", () => {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  cpSync(fileURLToPath(new URL("types.ts", import.meta.url)), join(folder, "types.ts"));
  const program = readFileSync(join(folder, "types.ts"), "utf8").replace("../js/index.js", "edgewise");
  writeFileSync(join(folder, "types.ts"), program);
  const options = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2022"];
  for (const resolution of ["bundler", "nodenext"]) {
    const module = resolution === "nodenext" ? resolution : "esnext";
    const lib = resolution === "nodenext" ? "es2022" : "es2022,dom";
    const args = [...options, "--module", module, "--moduleResolution", resolution, "--lib", lib, "types.ts"];
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...args], { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stdout);
  }
});

for (const entry of ["edgewise", "edgewise/lite"]) {
  test(`Node runs ${entry}`, () => {
    const program = join(folder, "node.mjs");
    const ask = `console.log(JSON.stringify(await (${ANSWER})(${JSON.stringify(question)})));`;
    writeFileSync(program, `import { Edgewise } from "${entry}";\n${ask}`);
    assert.deepEqual(JSON.parse(execFileSync(process.execPath, [program])), expected);
  });

  test(`workerd runs ${entry}`, async () => {
    const program = `
      import { Edgewise } from "${entry}";
      const answer = ${ANSWER};
      export default { fetch: async (request) => Response.json(await answer(await request.json())) };`;
    assert.deepEqual(await inWorkerd(program, pathToFileURL(`${folder}/`), (send) => send(question)), expected);
  });

  test(`a page that Vite built runs ${entry} in Chromium`, async () => {
    const site = await buildSite(entry);
    await onPage(site, async (page) => {
      await page.waitForFunction(() => "answer" in globalThis);
      assert.deepEqual(await page.evaluate((question) => globalThis.answer(question), question), expected);
    });
  });
}

test("the default entry needs no file beside it", async () => {
  const entry = join(folder, "node_modules/edgewise/dist/lite/default.js");
  const alone = join(folder, "alone.mjs");
  writeFileSync(alone, readFileSync(entry));
  const { Edgewise } = await import(pathToFileURL(alone));
  assert.deepEqual(Edgewise.loadSync(bytes).context(VALUES, { now: NOW }).assignments(), expected);
});

test("a browser that has not fetched the evaluator says what to await", async () => {
  const entry = pathToFileURL(join(folder, "node_modules/edgewise/dist/lite/browser.js"));
  const { Edgewise } = await import(entry);
  assert.throws(() => Edgewise.loadSync(bytes), { message: /await Edgewise.load\(…\) once before/ });
});

test("the raw module can be handed in", async () => {
  const entry = pathToFileURL(join(folder, "node_modules/edgewise/dist/lite/browser.js"));
  const { Edgewise } = await import(`${entry}?module`);
  const file = join(folder, "node_modules/edgewise/dist/lite/core.wasm");
  const module = new WebAssembly.Module(readFileSync(file));
  const edgewise = Edgewise.loadSync(bytes, { module });
  assert.deepEqual(edgewise.context(VALUES, { now: NOW }).assignments(), expected);
});

async function sign(bytes) {
  const { subtle } = globalThis.crypto;
  const keys = await subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const publicKey = Buffer.from(await subtle.exportKey("raw", keys.publicKey)).toString("base64");
  const mark = [...Buffer.from("EDGESIGN"), 1, 0, 0, 0, 0, 0, 0, 0];
  return { ruleset: [...bytes, ...mark, ...new Uint8Array(await subtle.sign("Ed25519", keys.privateKey, bytes))], publicKey };
}

async function buildSite(entry) {
  const root = join(folder, entry.replace("/", "-"));
  mkdirSync(root);
  writeFileSync(join(root, "index.html"), '<!doctype html><script type="module" src="/main.js"></script>');
  writeFileSync(join(root, "main.js"), `import { Edgewise } from "${entry}";\nglobalThis.answer = ${ANSWER};`);
  await build({ root, logLevel: "error", configFile: false });
  return join(root, "dist");
}
