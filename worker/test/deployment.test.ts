/** What `wrangler` would deploy. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const WORKER = fileURLToPath(new URL("../../", import.meta.url));
const WRANGLER = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin", "wrangler.js");

const folder = mkdtempSync(join(tmpdir(), "edgewise-wrangler-"));
after(() => rmSync(folder, { recursive: true }));

function dryRun(configuration: string): { said: string; files: string[] } {
  const outdir = join(folder, configuration);
  const args = [WRANGLER, "deploy", "--dry-run", "--outdir", outdir, "--config", configuration];
  // Its own home, so that it neither finds nor leaves anything in somebody's.
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, WRANGLER_SEND_METRICS: "false", CI: "1", NO_COLOR: "1" };
  const said = execFileSync(process.execPath, args, { cwd: WORKER, encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
  return { said, files: readdirSync(outdir) };
}

test("the worker is ready to deploy, the evaluator's modules with it", () => {
  const { said, files } = dryRun("wrangler.toml");
  assert.match(said, /--dry-run: exiting now/);
  assert.ok(files.includes("index.js"));
  assert.equal(files.filter((name) => name.endsWith(".wasm")).length, 2, files.join(", "));
});

test("so it is with everything that it can be bound to", () => {
  const { said } = dryRun("wrangler.example.toml");
  for (const binding of ["RULESETS", "STICKY_OBJECTS (StickyRecords)", "TURNS (Turns)", "OUTBOX (EventOutbox)", "RATE_LIMITER"]) {
    assert.ok(said.includes(binding), `no ${binding} in:\n${said}`);
  }
});
