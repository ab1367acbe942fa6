/** Flag definitions as the endpoint for local evaluation sends them. */
export function configure(experiments) {
  return JSON.stringify({ flags: experiments.map(flagOf), group_type_mapping: {}, cohorts: {} });
}

function flagOf({ id, variants, targeting }, index) {
  return {
    id: index + 1,
    team_id: 1,
    name: id,
    key: id,
    active: true,
    deleted: false,
    version: 1,
    ensure_experience_continuity: false,
    filters: {
      groups: [{ properties: targeting ? propertiesOf(targeting) : [], rollout_percentage: 100, variant: null }],
      payloads: {},
      multivariate: {
        variants: variants.map(({ id, weight }) => ({ key: id, name: id, rollout_percentage: weight * 100 })),
      },
    },
  };
}

function propertiesOf({ countries, age, plan }) {
  return [
    { type: "person", key: "country", operator: "exact", value: countries },
    { type: "person", key: "age", operator: "gte", value: age },
    { type: "person", key: "plan", operator: "exact", value: plan },
  ];
}
