/** Flags as the streaming API sends them; whom no rule takes gets the last variation, null. */
export function configure(experiments) {
  return JSON.stringify(experiments.map(flagOf));
}

function flagOf({ id, variants, targeting }) {
  const none = variants.length;
  const rollout = {
    kind: "experiment",
    contextKind: "user",
    variations: variants.map(({ weight }, variation) => ({ variation, weight: weight * 100_000 })),
  };
  return {
    key: id,
    version: 1,
    on: true,
    salt: id,
    variations: [...variants.map(({ id }) => id), null],
    offVariation: none,
    targets: [],
    contextTargets: [],
    prerequisites: [],
    rules: targeting ? [{ id: `rule-${id}`, clauses: clausesOf(targeting), rollout }] : [],
    fallthrough: targeting ? { variation: none } : { rollout },
  };
}

function clausesOf({ countries, age, plan }) {
  const clause = (attribute, op, values) => ({ contextKind: "user", attribute, op, values, negate: false });
  return [clause("country", "in", countries), clause("age", "greaterThanOrEqual", [age]), clause("plan", "in", [plan])];
}
