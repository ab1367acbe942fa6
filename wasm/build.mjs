// Builds the package into dist/: the crate twice, full and lite, and the JavaScript around each.
//
//   npm run build            everything; nothing while nothing it is made of has changed
//   npm run build -- --js    the JavaScript only, around the modules of the last build
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { inputsDigest } from "./inputs.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

const BUILDS = { full: [], lite: ["--no-default-features"] };
const ENTRIES = ["workerd", "edge-light", "node", "browser", "default"];

// Beside what wasm-pack makes, not in dist/, which is published.
const STAMP = join(here, "pkg", "inputs");

const onlyJavaScript = process.argv.includes("--js");
const inputs = inputsDigest();
if (isBuiltFrom(inputs)) process.exit(0);
if (!onlyJavaScript) checkTools();
rmSync(STAMP, { force: true });
rmSync(join(here, "dist"), { recursive: true, force: true });
for (const [name, cargoOptions] of Object.entries(BUILDS)) {
  if (!onlyJavaScript) buildWasm(name, cargoOptions);
  await buildEntries(name);
}
run(require.resolve("typescript/bin/tsc"), ["--project", "tsconfig.build.json"]);
if (!onlyJavaScript) writeFileSync(STAMP, inputs);

/** Whether the last whole build came to its end, from the same inputs, and nobody took its result away since. */
function isBuiltFrom(inputs) {
  return existsSync(join(here, "dist")) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === inputs;
}

function checkTools() {
  const missing = ["wasm-pack", "wasm-bindgen"].filter((tool) => !answers(tool));
  if (missing.length === 0) return;
  console.error(`${missing.join(" and ")} not found on the PATH: run scripts/setup, or build by scripts/build`);
  process.exit(1);
}

function answers(tool) {
  try {
    execFileSync(tool, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function buildWasm(name, cargoOptions) {
  const pkg = join(here, "pkg", name);
  execFileSync(
    "wasm-pack",
    ["--quiet", "build", "--mode", "no-install", "--no-pack", "--target", "web", "--profile", "wasm"]
      .concat(["--out-name", "edgewise", "--out-dir", join("pkg", name), "."])
      .concat(["--", "--locked", ...cargoOptions]),
    { cwd: here, stdio: "inherit" },
  );
  run(require.resolve("binaryen/bin/wasm-opt"), [
    "-O3",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    join(pkg, "edgewise_bg.wasm"),
    "-o",
    join(pkg, "core.wasm"),
  ]);
}

/** One file an environment, so that nothing but the .wasm is left to find. */
async function buildEntries(name) {
  const wasm = join(here, "pkg", name, "core.wasm");
  mkdirSync(join(here, "dist", name), { recursive: true });
  cpSync(wasm, join(here, "dist", name, "core.wasm"));
  await build({
    absWorkingDir: here,
    entryPoints: ENTRIES.map((entry) => `js/entries/${entry}.ts`),
    outdir: join("dist", name),
    alias: { "#glue": `./js/glue/${name}.ts` },
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    sourcemap: true,
    external: ["node:fs"],
    plugins: [{ name: "core.wasm", setup: (esbuild) => resolveWasm(esbuild, wasm) }],
  });
}

/** Left to the environment as a file beside the entry, or inlined. */
function resolveWasm(esbuild, wasm) {
  esbuild.onResolve({ filter: /^\.\/core\.wasm/ }, ({ path }) => ({ path, external: true }));
  esbuild.onResolve({ filter: /^inline:/ }, () => ({ path: wasm, namespace: "inline" }));
  esbuild.onLoad({ filter: /.*/, namespace: "inline" }, () => ({ contents: readFileSync(wasm), loader: "binary" }));
}

function run(script, args) {
  execFileSync(process.execPath, [script, ...args], { cwd: here, stdio: "inherit" });
}
