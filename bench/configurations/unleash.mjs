/** Features with one gradual roll-out to everyone, whose variants stick to the user. */
export function configure(experiments) {
  return JSON.stringify({ version: 2, features: experiments.map(featureOf) });
}

function featureOf({ id, variants, targeting }) {
  const strategy = {
    name: "flexibleRollout",
    constraints: targeting ? constraintsOf(targeting) : [],
    segments: [],
    parameters: { groupId: id, rollout: "100", stickiness: "userId" },
    variants: variants.map(({ id, weight }) => ({
      name: id,
      weight: weight * 1000,
      weightType: "fix",
      stickiness: "userId",
      payload: { type: "string", value: id },
    })),
  };
  return {
    name: id,
    type: "experiment",
    enabled: true,
    project: "default",
    stale: false,
    impressionData: false,
    variants: [],
    strategies: [strategy],
  };
}

function constraintsOf({ countries, age, plan }) {
  const of = (contextName, operator, rest) => ({ contextName, operator, values: [], inverted: false, ...rest });
  return [
    of("country", "IN", { values: countries }),
    of("age", "NUM_GTE", { value: String(age) }),
    of("plan", "IN", { values: [plan] }),
  ];
}
