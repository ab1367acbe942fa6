// Where and of what figures were taken.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";

/** The machine; the load that other programs put on it is part of the picture. */
export function machine() {
  const cores = cpus();
  return {
    processor: cores[0]?.model ?? "unknown",
    cores: cores.length,
    memory: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    load: loadavg(),
  };
}

/** Packages by name, as pinned, and of what commit the product is. */
export function versions() {
  const { devDependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  const { version } = JSON.parse(readFileSync(new URL("../wasm/package.json", import.meta.url), "utf8"));
  return { edgewise: version, commit: commit(), ...devDependencies };
}

/** Null: not in a clone. */
function commit() {
  try {
    const options = { cwd: import.meta.dirname, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    return execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=12"], options).trim();
  } catch {
    return null;
  }
}
