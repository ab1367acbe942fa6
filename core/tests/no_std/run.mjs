// Builds this crate for wasm32v1-none, a target that has no `std`, and runs it without giving it anything.
// Run: node --test core/tests/no_std/run.mjs (needs `rustup target add wasm32v1-none`)

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const TARGET = "wasm32v1-none";
const here = fileURLToPath(new URL(".", import.meta.url));
const targetDir = fileURLToPath(new URL("../../../target/no_std/", import.meta.url));

const module = build();

test("the module imports nothing", () => {
  assert.deepEqual(WebAssembly.Module.imports(module), []);
});

test("every case is answered as the table says", () => {
  const { count, verify } = instantiate();
  assert.ok(count() > 20, `${count()} cases are too few to be the whole table`);
  assert.equal(verify(), 0, "the number of the first wrong case, or 4294967295: ruleset refused");
});

test("every altered byte of the ruleset is noticed", () => {
  assert.equal(instantiate().unnoticed(), 0);
});

test("a panic would be a trap, so that no other test passes over it", () => {
  assert.equal(instantiate().trap(1), 1);
  assert.throws(() => instantiate().trap(0), WebAssembly.RuntimeError);
});

function build() {
  const arguments_ = ["build", "--locked", "--quiet", "--target", TARGET, "--target-dir", targetDir];
  const { status, error } = spawnSync("cargo", arguments_, { cwd: here, stdio: "inherit" });
  if (error) throw error;
  assert.equal(status, 0, `cargo could not build for ${TARGET}; is it installed? rustup target add ${TARGET}`);
  return new WebAssembly.Module(readFileSync(`${targetDir}${TARGET}/debug/edgewise_core_no_std.wasm`));
}

function instantiate() {
  const { exports } = new WebAssembly.Instance(module, {});
  // WebAssembly has no unsigned integers at its boundary: `>>> 0` reads the 32 bits as one.
  const unsigned = (run) => (...given) => run(...given) >>> 0;
  return {
    count: unsigned(exports.count),
    verify: unsigned(exports.verify),
    unnoticed: unsigned(exports.unnoticed),
    trap: unsigned(exports.trap),
  };
}
