/** A flag definition: JsonLogic with flagd's operation `fractional`; whom no rule takes gets the variant `off`. */
export function configure(experiments) {
  return JSON.stringify({
    flags: Object.fromEntries(experiments.map((experiment) => [experiment.id, flagOf(experiment)])),
  });
}

function flagOf({ variants, targeting }) {
  const fractional = { fractional: variants.map(({ id, weight }) => [id, weight * 100]) };
  return {
    state: "ENABLED",
    variants: Object.fromEntries([["off", ""], ...variants.map(({ id }) => [id, id])]),
    defaultVariant: "off",
    targeting: targeting ? { if: [ruleOf(targeting), fractional, null] } : fractional,
  };
}

function ruleOf({ countries, age, plan }) {
  return {
    and: [{ in: [{ var: "country" }, countries] }, { ">=": [{ var: "age" }, age] }, { "==": [{ var: "plan" }, plan] }],
  };
}
