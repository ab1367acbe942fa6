// Builds the example `bits` for WebAssembly and runs it: its results must have the bits of vectors/stats/bits.txt.
// Run: node stats/examples/bits/run.mjs (needs `rustup target add wasm32-unknown-unknown`)

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TARGET = "wasm32-unknown-unknown";
const root = fileURLToPath(new URL("../../../", import.meta.url));

const { instance } = await WebAssembly.instantiate(readFileSync(built()));
// A panic is a trap, which ends this script too.
const line = instance.exports.main(0, 0);
if (line !== 0) {
  const area = readFileSync(`${root}vectors/stats/bits.txt`, "utf8").split("\n")[line - 1]?.split(" ")[0];
  console.error(`other bits in WebAssembly than in vectors/stats/bits.txt, first in: ${area ?? `line ${line}`}`);
  process.exit(1);
}
console.log("the same bits in WebAssembly as in vectors/stats/bits.txt");

/// Where cargo has put the program.
function built() {
  const build = ["build", "--locked", "--package", "edgewise-stats", "--example", "bits", "--target", TARGET];
  const messages = execFileSync("cargo", [...build, "--message-format", "json-render-diagnostics"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const artifacts = messages.trim().split("\n").map((message) => JSON.parse(message));
  return artifacts.find(({ reason, target }) => reason === "compiler-artifact" && target.name === "bits").filenames[0];
}
