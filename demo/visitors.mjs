/**
 * The visitors of the demo: who they are, and what they do with the form they see. What is planted here is what the
 * analysis has to find.
 */
import { exponential, randomStream } from "./random.mjs";

/** Spreads neighbouring visitor numbers over the seeds: 2³² divided by the golden ratio (Knuth, TAOCP vol. 3, §6.4). */
const GOLDEN = 0x9e3779b1;

const COUNTRIES = ["IN", "US", "IN", "BR", "US", "IN", "FR", "US"];

/**
 * What a form does to those who see it: the share who sign up, the share who buy, and what a buyer spends on average.
 *
 * @type {Record<string, {signUp: number, buy: number, spend: number}>}
 */
const EFFECT = {
  long: { signUp: 0.1, buy: 0.25, spend: 40 },
  short: { signUp: 0.13, buy: 0.25, spend: 50 },
};

/** The difference that the short form makes per visitor, by metric: the planted truth. */
export const PLANTED = {
  signup: effectOf("short").signUp - effectOf("long").signUp,
  revenue: effectOf("short").buy * effectOf("short").spend - effectOf("long").buy * effectOf("long").spend,
};

/**
 * @typedef {object} Visitor
 * @property {string} id
 * @property {string} country
 * @property {() => number} random their own stream
 */

/**
 * @param {number} number from 0
 * @param {number} seed another one is another sample from the same truth
 * @returns {Visitor}
 */
export function visitor(number, seed) {
  const random = randomStream(seed ^ Math.imul(number + 1, GOLDEN));
  const country = COUNTRIES[Math.floor(random() * COUNTRIES.length)] ?? "IN";
  return { id: `visitor-${number}`, country, random };
}

/**
 * What a visitor does on seeing a form: the names and values of the events to track.
 *
 * @param {Visitor} visitor
 * @param {string} form
 * @returns {{name: string, value?: number}[]}
 */
export function behaviour({ random }, form) {
  const { signUp, buy, spend } = effectOf(form);
  const signsUp = random() < signUp;
  const buys = random() < buy;
  const cents = Math.round(100 * exponential(random, spend));
  return [...(signsUp ? [{ name: "signup" }] : []), ...(buys ? [{ name: "purchase", value: cents / 100 }] : [])];
}

/** @param {string} form */
function effectOf(form) {
  const effect = EFFECT[form];
  if (!effect) throw new Error(`the worker answered with the form ${JSON.stringify(form)}; expected long or short`);
  return effect;
}
