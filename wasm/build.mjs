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

/** What to build: a profile of the workspace's Cargo.toml, and options. */
const BUILDS = {
  full: { profile: "wasm", cargoOptions: [] },
  lite: { profile: "wasm-lite", cargoOptions: ["--no-default-features"] },
};

/** What the host calls. The lite build keeps nothing else, so that it needs no generated glue. */
const EXPORTS = ["memory", "reserve", "load", "assign", "assignAll", "evaluate", "propensity", "holdout"];
const ENTRIES = ["workerd", "edge-light", "node", "browser", "default"];

// Beside what wasm-pack makes, not in dist/, which is published.
const STAMP = join(here, "pkg", "inputs");

const onlyJavaScript = process.argv.includes("--js");
const inputs = inputsDigest();
if (isBuiltFrom(inputs)) process.exit(0);
if (!onlyJavaScript) checkTools();
rmSync(STAMP, { force: true });
rmSync(join(here, "dist"), { recursive: true, force: true });
for (const [name, { profile, cargoOptions }] of Object.entries(BUILDS)) {
  if (!onlyJavaScript) buildWasm(name, profile, cargoOptions);
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

function buildWasm(name, profile, cargoOptions) {
  const pkg = join(here, "pkg", name);
  execFileSync(
    "wasm-pack",
    ["--quiet", "build", "--mode", "no-install", "--no-pack", "--target", "bundler", "--profile", profile]
      .concat(["--out-name", "edgewise", "--out-dir", join("pkg", name), "."])
      .concat(["--", "--locked", ...cargoOptions]),
    { cwd: here, stdio: "inherit" },
  );
  const bound = join(pkg, "edgewise_bg.wasm");
  const core = join(pkg, "core.wasm");
  if (name === "lite") keepExports(bound, core);
  const options = [name === "lite" ? "-Oz" : "-O3", "--converge", "--strip-debug", "--strip-producers", "--strip-target-features"];
  run(require.resolve("binaryen/bin/wasm-opt"), [name === "lite" ? core : bound, ...options, "-o", core]);
}

/** Drops every export that the host does not call, and all that only those lead to. */
function keepExports(from, to) {
  const graph = join(dirname(to), "exports.json");
  const nodes = EXPORTS.map((name) => ({ name, export: name }));
  writeFileSync(graph, JSON.stringify([{ name: "host", root: true, reaches: EXPORTS }, ...nodes]));
  const metadce = [require.resolve("binaryen/bin/wasm-metadce"), from, "--graph-file", graph, "-o", to];
  execFileSync(process.execPath, metadce, { cwd: here, stdio: ["ignore", "ignore", "inherit"] });
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
    alias: { "#tools": `./js/tools/${name}.ts` },
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
