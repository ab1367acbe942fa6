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

/** Functions that are not inlined compress better, by a twentieth. */
const SMALL = ["-Oz", "-pii=0", "-aimfs=0", "-fimfs=0", "-ocimfs=0"];

/** The modules: a profile of the workspace's Cargo.toml, features of the crate, and how to optimise. */
const MODULES = {
  // What the compiler keeps apart because it is rare stays apart, although nobody else calls it.
  full: { profile: "wasm", features: "evaluator,all-rules", optimise: ["-O3", "-ocimfs=0"] },
  lite: { profile: "wasm", features: "evaluator", optimise: SMALL },
  tools: { profile: "wasm-small", features: "tools", optimise: SMALL },
};

/** What is published: the modules of each build, by the names that its entries have for them. */
const BUILDS = {
  full: { "core.wasm": "full", "tools.wasm": "tools" },
  lite: { "core.wasm": "lite" },
};

/** What the host calls of an evaluator. It keeps nothing else, so that it needs no generated glue. */
const EXPORTS = ["memory", "reserve", "load", "assign", "evaluate", "propensity"];
/** And what only rulesets with every rule need. */
const MORE_EXPORTS = ["holdout"];
const ENTRIES = ["workerd", "edge-light", "node", "browser", "default"];

/** What hosts share beside the evaluator, without any WebAssembly. */
const HOSTS = ["js/delivery.ts", "js/openfeature.ts"];

/** What a browser fetches apart, when it is needed: few hosts configure a key. */
const FETCHED = { "./signature.js": "js/signature.ts" };

/** esbuild's, for every file of the package. */
const OPTIONS = {
  absWorkingDir: here,
  bundle: true,
  format: "esm",
  target: "es2022",
  platform: "neutral",
  minifySyntax: true,
  sourcemap: true,
};

// Beside what wasm-pack makes, not in dist/, which is published.
const STAMP = join(here, "pkg", "inputs");

const onlyJavaScript = process.argv.includes("--js");
const inputs = inputsDigest();
if (isBuiltFrom(inputs)) process.exit(0);
if (!onlyJavaScript) checkTools();
rmSync(STAMP, { force: true });
rmSync(join(here, "dist"), { recursive: true, force: true });
if (!onlyJavaScript) Object.keys(MODULES).forEach(buildModule);
for (const name of Object.keys(BUILDS)) await buildEntries(name);
await build({ ...OPTIONS, outdir: "dist", entryPoints: HOSTS });
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

function buildModule(name) {
  const { profile, features, optimise } = MODULES[name];
  const pkg = join(here, "pkg", name);
  execFileSync(
    "wasm-pack",
    ["--quiet", "build", "--mode", "no-install", "--no-pack", "--target", "bundler", "--profile", profile]
      .concat(["--out-name", "edgewise", "--out-dir", join("pkg", name), "."])
      .concat(["--", "--locked", "--no-default-features", "--features", features]),
    { cwd: here, stdio: "inherit" },
  );
  const bound = join(pkg, "edgewise_bg.wasm");
  const core = join(pkg, "core.wasm");
  if (name !== "tools") keepExports(bound, core, name === "full" ? [...EXPORTS, ...MORE_EXPORTS] : EXPORTS);
  const options = [...optimise, "--converge", "--strip-debug", "--strip-producers", "--strip-target-features"];
  run(require.resolve("binaryen/bin/wasm-opt"), [name === "tools" ? bound : core, ...options, "-o", core]);
}

/** Drops every export that the host does not call, and all that only those lead to. */
function keepExports(from, to, names) {
  const graph = join(dirname(to), "exports.json");
  const nodes = names.map((name) => ({ name, export: name }));
  writeFileSync(graph, JSON.stringify([{ name: "host", root: true, reaches: names }, ...nodes]));
  const metadce = [require.resolve("binaryen/bin/wasm-metadce"), from, "--graph-file", graph, "-o", to];
  execFileSync(process.execPath, metadce, { cwd: here, stdio: ["ignore", "ignore", "inherit"] });
}

/** One file an environment, so that nothing but modules are left to find. */
async function buildEntries(name) {
  const modules = Object.entries(BUILDS[name]).map(([file, module]) => [file, join(here, "pkg", module, "core.wasm")]);
  mkdirSync(join(here, "dist", name), { recursive: true });
  for (const [file, module] of modules) cpSync(module, join(here, "dist", name, file));
  const options = {
    ...OPTIONS,
    outdir: join("dist", name),
    define: { ALL_RULES: String(name === "full") },
    plugins: [{ name: "modules", setup: (esbuild) => resolveModules(esbuild, Object.fromEntries(modules)) }],
  };
  for (const entry of ENTRIES) {
    await build({
      ...options,
      entryPoints: [`js/entries/${entry}.ts`],
      alias: { "#tools": name === "lite" ? "./js/tools/none.ts" : `./js/tools/${entry}.ts` },
      external: ["node:fs", ...(entry === "browser" ? Object.keys(FETCHED) : [])],
    });
  }
  await build({ ...options, entryPoints: Object.values(FETCHED) });
}

/** Left to the environment as files beside the entry, or inlined. */
function resolveModules(esbuild, modules) {
  esbuild.onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path }) => {
    return path.startsWith("inline:")
      ? { path: modules[path.slice("inline:".length)], namespace: "inline" }
      : { path, external: true };
  });
  esbuild.onLoad({ filter: /.*/, namespace: "inline" }, ({ path }) => ({ contents: readFileSync(path), loader: "binary" }));
}

function run(script, args) {
  execFileSync(process.execPath, [script, ...args], { cwd: here, stdio: "inherit" });
}
