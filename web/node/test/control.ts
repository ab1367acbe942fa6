/** A real `edgewise serve` on loopback, and the ruleset that it publishes. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { edgewiseBinary } from "@edgewise/worker/local/binary";
import { startCollector } from "@edgewise/worker/local/collector";
import type { LocalCollector } from "@edgewise/worker/local/collector";
import { Edgewise } from "edgewise";
import type { EdgewiseEvent } from "edgewise";

const WHOLE = 1_000_000;

/** An experiment on the model that answers users in two countries. `tokens` is the default of that flag. */
export function rulesetBytes(tokens = 100): Uint8Array<ArrayBuffer> {
  const variants = [
    { id: "small", control: true },
    { id: "large", overrides: { "voice.model": '"large"' } },
  ];
  const allocation = [
    { start: 0, end: WHOLE / 2, variant: "small" },
    { start: WHOLE / 2, end: WHOLE, variant: "large" },
  ];
  const targeting = { in: { attribute: ["country"], values: ["IN", "US"] } };
  const voice = { id: "voice", iteration: 1, salt: "experiment:voice@1", unit: "user", state: "running" };
  return new Uint8Array(
    Edgewise.compile({
      seed: "9f86d081884c7d65",
      units: ["user", "session"],
      experiments: [{ ...voice, targeting, variants, allocation }],
      flags: [
        { id: "voice.model", salt: "flag:voice.model", type: "string", default: '"small"' },
        { id: "voice.tokens", salt: "flag:voice.tokens", type: "number", default: String(tokens) },
        { id: "voice.tone", salt: "flag:voice.tone", type: "object", default: '{"warm":true}' },
      ],
    }),
  );
}

export const ruleset = Edgewise.loadSync(rulesetBytes());

/** The first user whom `voice` puts into the variant. */
export function userIn(variant: string): string {
  const users = Array.from({ length: 64 }, (_, n) => `u_${n}`);
  const user = users.find((user) => ruleset.context({ user, country: "IN" }).variant("voice").variant === variant);
  if (user === undefined) throw new Error(`none of 64 users is in ${variant}`);
  return user;
}

export class Control {
  readonly folder = mkdtempSync(join(tmpdir(), "edgewise-node-"));
  collector!: LocalCollector;

  async start(bytes: Uint8Array = rulesetBytes(), listen?: string): Promise<this> {
    writeFileSync(join(this.folder, "ruleset"), bytes);
    this.collector = await startCollector(join(this.folder, "ruleset"), join(this.folder, "data"), listen);
    return this;
  }

  /** Starts again with another ruleset, at the same address. */
  async restart(bytes: Uint8Array): Promise<void> {
    const { host } = new URL(this.collector.url);
    await this.collector.stop();
    await this.start(bytes, host);
  }

  async stop(): Promise<void> {
    await this.collector.stop();
    rmSync(this.folder, { recursive: true });
  }

  get rulesetUrl(): string {
    return `${this.collector.url}/v1/ruleset`;
  }

  /** The events that the collector has. */
  stored(): EdgewiseEvent[] {
    const lines = edgewise("events", "export", "--data", join(this.folder, "data"));
    const stored = lines.split("\n").filter((line) => line !== "");
    return stored.map((line) => (JSON.parse(line) as { event: EdgewiseEvent }).event);
  }
}

/** What the binary prints. */
export function edgewise(...args: string[]): string {
  return execFileSync(edgewiseBinary(), args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}
