#!/usr/bin/env node
// Makes the link by which somebody sees the variants of their choice:
//   SIGNING_SECRET=… node bin/force.mjs https://shop.example/ checkout=treatment --hours 24
import { createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";

/**
 * The text that the worker takes: see `src/forced.ts`.
 *
 * @param {Record<string, string>} forced experiment to variant
 * @param {number} until seconds since the Unix epoch
 * @param {string} secret the worker's SIGNING_SECRET
 */
export function forceToken(forced, until, secret) {
  const payload = Buffer.from(JSON.stringify({ forced, until })).toString("base64url");
  return `${payload}.${createHmac("sha256", secret).update(`edgewise force ${payload}`).digest("base64url")}`;
}

/** @param {string[]} given */
function main(given) {
  const at = given.indexOf("--hours");
  const hours = at < 0 ? 24 : Number(given[at + 1]);
  const [page, ...pairs] = at < 0 ? given : given.toSpliced(at, 2);
  const secret = process.env.SIGNING_SECRET;
  const forced = Object.fromEntries(pairs.map((pair) => pair.split("=")));
  if (!secret || !page || pairs.length === 0 || !(hours > 0) || !pairs.every((pair) => /^[^=]+=[^=]+$/.test(pair))) {
    console.error("usage: SIGNING_SECRET=… force.mjs <page> <experiment>=<variant>… [--hours 24]");
    process.exit(2);
  }
  const url = new URL(page);
  url.searchParams.set("edgewise_force", forceToken(forced, Math.floor(Date.now() / 1000 + hours * 3600), secret));
  console.log(url.href);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
