// The experiments that everybody is measured with, in nobody's format: configurations/ translates them for each vendor.

/**
 * @typedef {object} Experiment
 * @property {string} id
 * @property {{ id: string, weight: number }[]} variants the weights sum to 1
 * @property {Targeting} [targeting] absent: everyone
 *
 * @typedef {object} Targeting three rules, all of which have to hold
 * @property {string[]} countries the unit's country is one of them
 * @property {number} age the unit's age is at least so high
 * @property {string} plan the unit's plan is this one
 */

const HALVES = [
  { id: "control", weight: 0.5 },
  { id: "treatment", weight: 0.5 },
];
const THREE = [
  { id: "control", weight: 0.4 },
  { id: "first", weight: 0.3 },
  { id: "second", weight: 0.3 },
];

/** @type {Targeting} */
export const TARGETING = { countries: ["US", "CA", "GB", "DE", "FR", "NL", "SE", "JP"], age: 18, plan: "pro" };

/** @type {Targeting} */
const NOBODY = { ...TARGETING, countries: ["ZZ"] };

/** One experiment for everyone. @type {Experiment} */
export const OPEN = { id: "checkout-button", variants: HALVES };

/** One experiment with three rules. @type {Experiment} */
export const TARGETED = { id: "checkout-layout", variants: THREE, targeting: TARGETING };

/**
 * As a site might have them: a tenth is for nobody who comes by, a fifth has the three rules, the rest is for everyone;
 * a third has three variants.
 *
 * @returns {Experiment[]}
 */
export function many(count) {
  return Array.from({ length: count }, (_, index) => ({
    id: `checkout-${String(index).padStart(4, "0")}`,
    variants: index % 3 === 0 ? THREE : HALVES,
    ...(index % 10 === 3 && { targeting: NOBODY }),
    ...(index % 5 === 1 && { targeting: TARGETING }),
  }));
}

/** One of `many`: two variants, for everyone. */
export const ONE_OF_MANY = "checkout-0058";

/** Half-open ranges in proportion to the weights, the last one ending at `whole`. */
export function ranges(variants, whole) {
  let share = 0;
  let start = 0;
  return variants.map(({ id, weight }) => {
    const range = { id, start, end: Math.round(whole * (share += weight)) };
    start = range.end;
    return range;
  });
}

/** Whether the experiment is for this unit: what every contender has to agree with. */
export function targets({ targeting }, { country, age, plan }) {
  return !targeting || (targeting.countries.includes(country) && age >= targeting.age && plan === targeting.plan);
}
