// Runs a program of children/ in a process of its own and reads the one line of JSON that it prints.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const LIMIT_MILLISECONDS = 120_000;

/** @throws {Error} the program failed; the message is what it wrote. */
export function runChild(name, args, nodeOptions = []) {
  const program = fileURLToPath(new URL(`children/${name}.mjs`, import.meta.url));
  const options = { encoding: "utf8", timeout: LIMIT_MILLISECONDS, env: { ...process.env, NODE_OPTIONS: "" } };
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [...nodeOptions, program, ...args], options);
  if (error) throw error;
  if (status !== 0) throw new Error(`children/${name}.mjs ${args.join(" ")} failed:\n${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}
