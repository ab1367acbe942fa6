import { specs } from "./statsig.mjs";

/** The second version of the specs: definitions by name, conditions apart from the rules that use them. */
export function configure(experiments) {
  const { dynamic_configs, feature_gates, has_updates, time } = specs(experiments);
  const condition_map = {};
  const setApart = (condition) => {
    const id = `condition-${Object.keys(condition_map).length}`;
    condition_map[id] = condition;
    return id;
  };
  const byName = (definitions) =>
    Object.fromEntries(
      definitions.map((definition) => {
        const rules = definition.rules.map((rule) => ({ ...rule, conditions: rule.conditions.map(setApart) }));
        return [definition.name, { ...definition, rules }];
      }),
    );
  return JSON.stringify({
    dynamic_configs: byName(dynamic_configs),
    feature_gates: byName(feature_gates),
    layer_configs: {},
    condition_map,
    param_stores: {},
    sdk_configs: {},
    diagnostics: {},
    id_lists: {},
    experiment_to_layer: {},
    app_id: "bench",
    checksum: "bench",
    has_updates,
    time,
  });
}
