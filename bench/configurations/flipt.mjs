const AT = { createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z" };

/** A namespace's snapshot: variant flags with one rule each. */
export function configure(experiments) {
  return JSON.stringify({ namespace: { key: "default" }, flags: experiments.map(flagOf) });
}

function flagOf({ id, variants, targeting }) {
  const segment = {
    key: `for-${id}`,
    name: `for-${id}`,
    description: "",
    matchType: "ALL_SEGMENT_MATCH_TYPE",
    constraints: targeting ? constraintsOf(targeting) : [],
    ...AT,
  };
  const rule = {
    id: `rule-${id}`,
    rank: 1,
    segmentOperator: "OR_SEGMENT_OPERATOR",
    segments: [segment],
    distributions: variants.map(({ id: variantKey, weight }) => ({
      id: `${id}-${variantKey}`,
      ruleId: `rule-${id}`,
      variantId: variantKey,
      variantKey,
      variantAttachment: "",
      rollout: weight * 100,
    })),
  };
  return {
    key: id,
    name: id,
    description: "",
    enabled: true,
    type: "VARIANT_FLAG_TYPE",
    rollouts: [],
    rules: [rule],
    ...AT,
  };
}

function constraintsOf({ countries, age, plan }) {
  const constraint = (property, kind, operator, value) => ({
    id: property,
    type: `${kind}_CONSTRAINT_COMPARISON_TYPE`,
    property,
    operator,
    value,
  });
  return [
    constraint("country", "STRING", "isoneof", JSON.stringify(countries)),
    constraint("age", "NUMBER", "gte", String(age)),
    constraint("plan", "STRING", "eq", plan),
  ];
}
