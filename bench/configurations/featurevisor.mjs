import { ranges } from "../experiments.mjs";

/** A datafile: segments and features. */
export function configure(experiments) {
  const targeted = experiments.filter(({ targeting }) => targeting);
  return JSON.stringify({
    schemaVersion: "2",
    revision: "1",
    segments: Object.fromEntries(targeted.map(({ id, targeting }) => [`for-${id}`, segmentOf(targeting)])),
    features: Object.fromEntries(experiments.map((experiment) => [experiment.id, featureOf(experiment)])),
  });
}

function segmentOf({ countries, age, plan }) {
  return {
    conditions: [
      { attribute: "country", operator: "in", value: countries },
      { attribute: "age", operator: "greaterThanOrEquals", value: age },
      { attribute: "plan", operator: "equals", value: plan },
    ],
  };
}

function featureOf({ id, variants, targeting }) {
  const allocation = ranges(variants, 100_000).map(({ id, start, end }) => ({ variation: id, range: [start, end] }));
  return {
    key: id,
    bucketBy: "user",
    variations: variants.map(({ id }) => ({ value: id })),
    traffic: [{ key: "1", segments: targeting ? `for-${id}` : "*", percentage: 100_000, allocation }],
  };
}
