#!/usr/bin/env node
// Makes the link by which somebody sees the variants of their choice:
//   SIGNING_SECRET=… node bin/force.mjs https://shop.example/ checkout=treatment --hours 24
// With --panel whoever opens it may choose others in the page's panel, for as long.
import { createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/**
 * The text that the worker takes: see `src/forced.ts`.
 *
 * @param {Record<string, string>} forced experiment to variant
 * @param {number} until seconds since the Unix epoch
 * @param {string} secret the worker's SIGNING_SECRET
 * @param {boolean} [panel] whether its holder may choose others
 */
export function forceToken(forced, until, secret, panel = false) {
  const payload = Buffer.from(JSON.stringify({ forced, until, ...(panel && { panel }) })).toString("base64url");
  return `${payload}.${createHmac("sha256", secret).update(`edgewise force ${payload}`).digest("base64url")}`;
}

function main() {
  const { values, positionals } = parse();
  const { panel } = values;
  const hours = Number(values.hours);
  const [page, ...pairs] = positionals;
  const secret = process.env.SIGNING_SECRET;
  const forced = Object.fromEntries(pairs.map((pair) => pair.split("=")));
  if (!secret || !page || (pairs.length === 0 && !panel) || !(hours > 0) || !pairs.every((pair) => /^[^=]+=[^=]+$/.test(pair))) {
    return usage();
  }
  const url = new URL(page);
  url.searchParams.set("edgewise_force", forceToken(forced, Math.floor(Date.now() / 1000 + hours * 3600), secret, panel));
  console.log(url.href);
}

function parse() {
  const options = /** @type {const} */ ({
    hours: { type: "string", default: "24" },
    panel: { type: "boolean", default: false },
  });
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch {
    return usage();
  }
}

/** @returns {never} */
function usage() {
  console.error("usage: SIGNING_SECRET=… force.mjs <page> <experiment>=<variant>… [--hours 24] [--panel]");
  process.exit(2);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
