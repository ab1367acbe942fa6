import { ranges } from "../experiments.mjs";

const RULE = { passPercentage: 100, idType: "userID", isDeviceBased: false };
const CONDITION = {
  operator: null,
  field: null,
  targetValue: null,
  additionalValues: {},
  isDeviceBased: false,
  idType: "userID",
};
const USER_BUCKETS = 1000;

/** Configuration specs: targeting is a gate that fails, then one rule for each group. */
export function configure(experiments) {
  return JSON.stringify(specs(experiments));
}

export function specs(experiments) {
  return {
    dynamic_configs: experiments.map(experimentOf),
    feature_gates: experiments.filter(({ targeting }) => targeting).map(gateOf),
    layer_configs: [],
    has_updates: true,
    time: 1_767_225_600_000,
  };
}

function experimentOf({ id, variants, targeting }) {
  const groups = ranges(variants, USER_BUCKETS).map(({ id: group, end }) => ({
    ...rule(group, [{ ...condition("user_bucket", "lt", end), additionalValues: { salt: id } }]),
    groupName: group,
    isExperimentGroup: true,
    returnValue: { group },
  }));
  const gate = {
    ...rule("inlineTargetingRules", [condition("fail_gate", null, gateName(id))]),
    groupName: "Targeting Gate",
    returnValue: {},
  };
  return {
    name: id,
    type: "dynamic_config",
    salt: id,
    enabled: true,
    defaultValue: {},
    entity: "experiment",
    idType: "userID",
    isDeviceBased: false,
    isActive: true,
    explicitParameters: ["group"],
    hasSharedParams: false,
    rules: targeting ? [gate, ...groups] : groups,
  };
}

function gateOf({ id, targeting: { countries, age, plan } }) {
  const field = (name, operator, value) => ({ ...condition("user_field", operator, value), field: name });
  const conditions = [field("country", "any", countries), field("age", "gte", age), field("plan", "any", [plan])];
  return {
    name: gateName(id),
    type: "feature_gate",
    salt: gateName(id),
    enabled: true,
    defaultValue: false,
    entity: "segment",
    idType: "userID",
    isDeviceBased: false,
    rules: [{ ...rule("everyone", conditions), groupName: "everyone", returnValue: true }],
  };
}

function gateName(id) {
  return `targeting_${id}`;
}

function rule(name, conditions) {
  return { ...RULE, name, id: name, salt: name, conditions };
}

function condition(type, operator, targetValue) {
  return { ...CONDITION, type, operator, targetValue };
}
