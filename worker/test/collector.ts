/** A real `edgewise serve`, and what it has on disk. */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCollector } from "@edgewise/worker/local/collector";
import type { LocalCollector } from "@edgewise/worker/local/collector";
import type { SeenEvent } from "./server.js";

/** `edgewise serve` over a folder of its own, at a port that it keeps when it is started again. */
export class Collector {
  readonly folder = mkdtempSync(join(tmpdir(), "edgewise-worker-"));
  readonly ruleset = join(this.folder, "ruleset.edgewise");
  url = "";
  stop: LocalCollector["stop"] = async () => undefined;

  async start(): Promise<void> {
    const listen = this.url === "" ? "127.0.0.1:0" : new URL(this.url).host;
    Object.assign(this, await startCollector(this.ruleset, join(this.folder, "data"), listen));
  }

  /** The events in the log's active segment: what came since the collector was started. Older ones become Parquet. */
  events(): SeenEvent[] {
    const log = join(this.folder, "data", "log");
    const active = readdirSync(log).sort().at(-1);
    if (active === undefined) return [];
    // Behind the last end of a line the collector is still writing.
    const lines = readFileSync(join(log, active), "utf8").split("\n").slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { event: SeenEvent }).event);
  }
}
