/** An SDK payload: one feature with one experiment rule each. */
export function configure(experiments) {
  return JSON.stringify({ features: Object.fromEntries(experiments.map(featureOf)) });
}

function featureOf({ id, variants, targeting }) {
  const rule = {
    key: id,
    seed: id,
    hashAttribute: "user",
    hashVersion: 2,
    coverage: 1,
    variations: variants.map(({ id }) => id),
    weights: variants.map(({ weight }) => weight),
    meta: variants.map(({ id }, index) => ({ key: String(index), name: id })),
    ...(targeting && { condition: conditionOf(targeting) }),
  };
  return [id, { defaultValue: null, rules: [rule] }];
}

function conditionOf({ countries, age, plan }) {
  return { country: { $in: countries }, age: { $gte: age }, plan };
}
