// What dist/ is made of, as one digest: while it does not change there is nothing to build.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);

const FOLDERS = ["core/src", "wasm/src", "wasm/js"];
const FILES = [
  "Cargo.lock",
  "Cargo.toml",
  "package-lock.json",
  "core/Cargo.toml",
  "wasm/Cargo.toml",
  "wasm/build.mjs",
  "wasm/build.rs",
  "wasm/package.json",
  "wasm/tsconfig.build.json",
  "wasm/tsconfig.json",
];

/** The SHA-256 of names and contents, in the order of the names. */
export function inputsDigest() {
  const hash = createHash("sha256");
  const files = FOLDERS.flatMap((folder) => filesIn(join(root, folder))).concat(FILES.map((file) => join(root, file)));
  for (const file of files.sort()) {
    const contents = readFileSync(file);
    hash.update(`${relative(root, file)}\0${contents.length}\0`).update(contents);
  }
  return hash.digest("hex");
}

function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
