/**
 * `edgewise serve` on loopback: control server and collector in one, as the tests and the demo run it.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { edgewiseBinary } from "./binary.mjs";

/** How long it may take to put on disk what it holds before it is killed. */
const DRAIN_MS = 15_000;

/**
 * @typedef {object} LocalCollector
 * @property {string} url without a slash at its end
 * @property {(signal?: "SIGTERM" | "SIGKILL") => Promise<void>} stop lets it finish what it holds; SIGKILL does not
 */

/**
 * Starts it, and resolves when it listens.
 *
 * @param {string} ruleset the file that it publishes
 * @param {string} data the folder that it keeps events in
 * @param {string} [listen] where; by default a free port
 * @param {(line: string) => void} [log] gets its messages
 * @returns {Promise<LocalCollector>}
 */
export async function startCollector(ruleset, data, listen = "127.0.0.1:0", log = () => {}) {
  const args = ["serve", "--ruleset", ruleset, "--data", data, "--listen", listen];
  // A process group of its own, so that Ctrl-C reaches whoever started it alone, who then stops things in order.
  const child = spawn(edgewiseBinary(), args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  // Whatever ends this process, the collector is told to end as well.
  const terminate = () => child.kill("SIGTERM");
  process.once("exit", terminate);
  const ended = new Promise((resolve) => child.once("close", resolve)).then(() => process.off("exit", terminate));
  return {
    url: await listening(child, log),
    stop: async (signal = "SIGTERM") => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const timer = setTimeout(() => child.kill("SIGKILL"), DRAIN_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/**
 * The URL that the collector says it listens on.
 *
 * @param {import("node:child_process").ChildProcessByStdio<null, null, import("node:stream").Readable>} child
 * @param {(line: string) => void} log
 * @returns {Promise<string>}
 */
function listening(child, log) {
  return new Promise((resolve, reject) => {
    /** @type {string[]} */
    const said = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      log(line);
      said.push(line);
      const url = /listening on (http:\S+)/.exec(line)?.[1];
      if (url) resolve(url.replace(/\/$/, ""));
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`edgewise serve ended before it listened:\n${said.join("\n")}`)));
  });
}
