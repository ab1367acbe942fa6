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

/// What `verify` gives where the ruleset was refused.
const REFUSED = 2 ** 32 - 1;

const module = compiled();

test("nothing is allocated: there is nothing to allocate with, and what could allocate does not build", () => {
  const { status, stderr } = build("--features", "allocating");
  assert.notEqual(status, 0);
  assert.match(stderr, /no global memory allocator found/);
});

test("memory does not grow", () => {
  const { memory, verify } = instantiate();
  const before = memory.buffer.byteLength;
  for (let round = 0; round < 20; round += 1) verify();
  assert.equal(memory.buffer.byteLength, before);
});

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

test("every case is answered alike without the look at every record", () => {
  const unchecked = compiled("--no-default-features", "--features", "extensions,operators");
  assert.equal(instantiate(unchecked).verify(), 0);
});

test("the smallest build refuses what it leaves out", () => {
  assert.equal(instantiate(compiled("--no-default-features")).verify(), REFUSED);
});

test("a panic would be a trap, so that no other test passes over it", () => {
  assert.equal(instantiate().trap(1), 1);
  assert.throws(() => instantiate().trap(0), WebAssembly.RuntimeError);
});

function compiled(...features) {
  const { status, stderr } = build(...features);
  assert.equal(status, 0, `cargo could not build for ${TARGET}; is it installed? rustup target add ${TARGET}\n${stderr}`);
  return new WebAssembly.Module(readFileSync(`${targetDir}${TARGET}/debug/edgewise_core_no_std.wasm`));
}

function build(...more) {
  const arguments_ = ["build", "--locked", "--quiet", "--target", TARGET, "--target-dir", targetDir, ...more];
  const ended = spawnSync("cargo", arguments_, { cwd: here, encoding: "utf8" });
  if (ended.error) throw ended.error;
  return ended;
}

function instantiate(of = module) {
  const { exports } = new WebAssembly.Instance(of, {});
  // WebAssembly has no unsigned integers at its boundary: `>>> 0` reads the 32 bits as one.
  const unsigned = (run) => (...given) => run(...given) >>> 0;
  return {
    memory: exports.memory,
    count: unsigned(exports.count),
    verify: unsigned(exports.verify),
    unnoticed: unsigned(exports.unnoticed),
    trap: unsigned(exports.trap),
  };
}
