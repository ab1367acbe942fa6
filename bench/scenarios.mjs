// What is asked of everybody.
import { many, ONE_OF_MANY, OPEN, TARGETED } from "./experiments.mjs";

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} title
 * @property {import("./experiments.mjs").Experiment[]} experiments what is loaded
 * @property {string} [ask] the experiment that is asked for; absent: all of them at once
 */

/** @type {Scenario[]} */
export const SCENARIOS = [
  { name: "open", title: "one evaluation, no targeting", experiments: [OPEN], ask: OPEN.id },
  { name: "targeted", title: "one evaluation, three targeting rules", experiments: [TARGETED], ask: TARGETED.id },
  { name: "one-of-100", title: "one of 100 experiments", experiments: many(100), ask: ONE_OF_MANY },
  { name: "all-of-100", title: "all of 100 experiments for one unit", experiments: many(100) },
];
