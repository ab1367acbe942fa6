import { spawn } from "node:child_process";
import { once } from "node:events";
import { edgewiseBinary } from "@edgewise/worker/local/binary";

/**
 * Runs a command of the `edgewise` binary to its end. Its results are returned, or shown; its messages are shown.
 *
 * @param {string[]} args
 * @param {AbortSignal} signal
 * @param {"return" | "show"} results
 * @returns {Promise<string>}
 */
export async function edgewise(args, signal, results = "return") {
  const child = spawn(edgewiseBinary(), args, {
    signal,
    stdio: ["ignore", results === "show" ? "inherit" : "pipe", "inherit"],
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk) => (output += chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`edgewise ${args.join(" ")} ended with exit code ${code}`);
  return output;
}
