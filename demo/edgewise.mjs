/** The `edgewise` binary, which `make build` builds. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BINARY = process.env.EDGEWISE_BIN ?? fileURLToPath(new URL("../target/debug/edgewise", import.meta.url));

/** How long a collector may take to put what it holds on disk before it is killed. */
const DRAIN_MS = 15_000;

/**
 * Runs a command of the binary to its end. Its results are returned, or shown; its messages are shown.
 *
 * @param {string[]} args
 * @param {AbortSignal} signal
 * @param {"return" | "show"} results
 * @returns {Promise<string>}
 */
export async function edgewise(args, signal, results = "return") {
  const child = spawn(BINARY, args, { signal, stdio: ["ignore", results === "show" ? "inherit" : "pipe", "inherit"] });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk) => (output += chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`edgewise ${args.join(" ")} ended with exit code ${code}`);
  return output;
}

/**
 * Starts `edgewise serve` on a free port, and resolves when it listens.
 *
 * @param {string} ruleset
 * @param {string} data
 * @returns {Promise<{url: string, stop: () => Promise<void>}>}
 */
export async function serve(ruleset, data) {
  const args = ["serve", "--ruleset", ruleset, "--data", data, "--listen", "127.0.0.1:0"];
  // A process group of its own: Ctrl-C reaches the demo alone, which then stops everything in order.
  const child = spawn(BINARY, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), DRAIN_MS);
    if (child.exitCode === null && child.signalCode === null) await ended;
    clearTimeout(timer);
  };
  const url = await listening(child, stop);
  return { url, stop };
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {() => Promise<void>} stop
 * @returns {Promise<string>}
 */
async function listening(child, stop) {
  const said = [];
  if (!child.stderr) throw new Error("edgewise serve was started without a pipe for its messages");
  for await (const line of createInterface({ input: child.stderr })) {
    const url = /listening on (http:\S+)/.exec(line)?.[1];
    if (url) {
      child.stderr.on("data", (chunk) => process.stderr.write(chunk));
      return url;
    }
    said.push(line);
  }
  await stop();
  throw new Error(`edgewise serve ended before it listened:\n${said.join("\n")}`);
}
