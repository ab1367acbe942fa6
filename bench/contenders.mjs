// Everybody who is measured, one file each in contenders/.
import { fileURLToPath } from "node:url";

/**
 * What a file in contenders/ exports.
 *
 * @typedef {object} Contender
 * @property {string} title
 * @property {string} configuration the file in configurations/ that translates the experiments for it
 * @property {boolean} [bytes] its configuration is bytes, not text
 * @property {boolean} [asynchronous] `one` and `all` give promises
 * @property {(configuration: string | Uint8Array) => Client | Promise<Client>} open
 *
 * @typedef {object} Client
 * @property {(user: string, country: string, age: number, plan: string) => unknown} subject a context of its own kind
 * @property {(subject: unknown, experiment: string) => unknown} one its answer, as it gives it
 * @property {(answer: unknown) => string | null} variantOf
 * @property {(subject: unknown) => unknown} all its answers for every experiment
 * @property {(answers: unknown, index: number, experiment: string) => string | null} variantAt
 * @property {() => unknown} [close]
 */

/** What figures are measured against: hashing `unit:experiment`, comparing with thresholds, and nothing else. */
export const LOOP = "murmur3-loop";
export const FULL = "edgewise";
export const LITE = "edgewise-lite";
export const FLAGD = "flagd-core";
export const GROWTHBOOK = "growthbook-client";

const NAMES = [
  FULL,
  LITE,
  LOOP,
  "murmurhash-js",
  "siphash-js",
  "xxhash-wasm",
  FLAGD,
  GROWTHBOOK,
  "growthbook-class",
  "featurevisor",
  "launchdarkly",
  "unleash",
  "eppo",
  "statsig-on-device",
  "statsig-core",
  "optimizely",
  "flagsmith",
  "flipt",
  "devcycle",
  "posthog",
];

/** Those that figures are measured against are always among them. */
const NEEDED = [FULL, LITE, LOOP, FLAGD, GROWTHBOOK];

/** The names to measure: all, or those given and the needed ones. */
export function chosenNames(given) {
  if (given === undefined) return NAMES;
  const unknown = given.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0)
    throw new Error(`no contender is called ${unknown.join(", ")}; there are ${NAMES.join(", ")}`);
  return NAMES.filter((name) => given.includes(name) || NEEDED.includes(name));
}

/** Where a contender's code is. */
export function contenderFile(name) {
  return fileURLToPath(new URL(`contenders/${name}.mjs`, import.meta.url));
}

/** A contender with its name and its translation of experiments. */
export async function readContender(name) {
  const contender = await import(contenderFile(name));
  const { configure } = await import(`./configurations/${contender.configuration}.mjs`);
  return { ...contender, name, configure };
}
