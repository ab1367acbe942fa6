// What the loops that a programmer writes by hand have in common, but for the hash. Each loop itself stands in its own
// file: one shared function that calls several hashes would be compiled for none of them.
import { ranges } from "./experiments.mjs";

/** The experiments as such a loop holds them; `suffix` follows the unit in what is hashed. */
export function prepare(text) {
  return JSON.parse(text).map(({ id, variants, targeting }) => ({
    id,
    suffix: `:${id}`,
    variants: variants.map(({ id }) => id),
    ends: ranges(variants, 2 ** 32).map(({ end }) => end),
    targeting: targeting ? { ...targeting, countries: new Set(targeting.countries) } : null,
  }));
}

/** Whether the experiment is for this subject. */
export function takes({ targeting }, { country, age, plan }) {
  return targeting === null || (targeting.countries.has(country) && age >= targeting.age && plan === targeting.plan);
}

/** The variant that a hash below 2^32 falls to. */
export function pick({ variants, ends }, hash) {
  let index = 0;
  while (hash >= ends[index]) index++;
  return variants[index];
}
