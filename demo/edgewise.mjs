import { spawn } from "node:child_process";
import { once } from "node:events";
import { edgewiseBinary } from "@edgewise/worker/local/binary";

/**
 * Runs a command of the `edgewise` binary to its end.
 *
 * @param {string[]} args
 * @param {AbortSignal} signal
 * @param {{results?: "return" | "show", messages?: "show" | "hide"}} [what] to do with its output
 * @returns {Promise<string>} its results, where they are to be returned
 */
export async function edgewise(args, signal, { results = "return", messages = "show" } = {}) {
  const child = spawn(edgewiseBinary(), args, {
    signal,
    stdio: ["ignore", results === "show" ? "inherit" : "pipe", messages === "show" ? "inherit" : "ignore"],
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk) => (output += chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`edgewise ${args.join(" ")} ended with exit code ${code}`);
  return output;
}
