const UUID_END = 12;

/** An environment document: multivariate features; where there is targeting, on for a segment only. */
export function configure(experiments) {
  const numbered = experiments.map((experiment, index) => ({ ...experiment, number: index + 1 }));
  const segments = numbered.filter(({ targeting }) => targeting).map(segmentOf);
  return JSON.stringify({
    id: 1,
    api_key: "bench",
    name: "production",
    project: {
      id: 1,
      name: "bench",
      hide_disabled_flags: false,
      organisation: {
        id: 1,
        name: "bench",
        feature_analytics: false,
        stop_serving_flags: false,
        persist_trait_data: false,
      },
      segments,
    },
    feature_states: numbered.map((experiment) => stateOf(experiment, "environment", !experiment.targeting)),
    identity_overrides: [],
  });
}

function segmentOf(experiment) {
  const { countries, age, plan } = experiment.targeting;
  const conditions = [
    { operator: "IN", property_: "country", value: countries.join(",") },
    { operator: "GREATER_THAN_INCLUSIVE", property_: "age", value: String(age) },
    { operator: "EQUAL", property_: "plan", value: plan },
  ];
  return {
    id: experiment.number,
    name: `for-${experiment.id}`,
    rules: [{ type: "ALL", rules: [], conditions }],
    feature_states: [{ ...stateOf(experiment, "segment", true), feature_segment: { priority: 0 } }],
  };
}

/** A feature's state in the environment or in a segment; their ids differ. */
function stateOf({ id, number, variants }, place, enabled) {
  const base = (place === "segment" ? 2_000_000 : 1_000_000) + number * 10;
  const uuid = (last) => `00000000-0000-4000-8000-${String(last).padStart(UUID_END, "0")}`;
  return {
    feature: { id: number, name: id, type: "MULTIVARIATE" },
    enabled,
    django_id: base,
    featurestate_uuid: uuid(base),
    feature_state_value: null,
    multivariate_feature_state_values: (enabled ? variants : []).map(({ id, weight }, index) => ({
      id: base + index,
      percentage_allocation: weight * 100,
      mv_fs_value_uuid: uuid(base + index),
      multivariate_feature_option: { id: base + index, value: id },
    })),
  };
}
