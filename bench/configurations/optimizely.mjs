import { ranges } from "../experiments.mjs";

/** A datafile: one feature flag with one experiment each. */
export function configure(experiments) {
  const numbered = experiments.map((experiment, index) => ({ ...experiment, number: String(1000 + index) }));
  const targeted = numbered.filter(({ targeting }) => targeting);
  return JSON.stringify({
    version: "4",
    projectId: "1",
    accountId: "1",
    revision: "1",
    sdkKey: "bench",
    environmentKey: "production",
    anonymizeIP: true,
    botFiltering: false,
    sendFlagDecisions: false,
    rollouts: [],
    groups: [],
    events: [],
    variables: [],
    attributes: ["country", "age", "plan"].map((key) => ({ id: key, key })),
    experiments: numbered.map(experimentOf),
    featureFlags: numbered.map(({ id, number }) => ({
      id: `flag-${number}`,
      key: id,
      rolloutId: "",
      experimentIds: [number],
      variables: [],
    })),
    typedAudiences: targeted.map(({ number, targeting }) => ({
      ...audienceOf(number),
      conditions: conditionsOf(targeting),
    })),
    audiences: targeted.map(({ number }) => ({ ...audienceOf(number), conditions: UNTYPED })),
  });
}

/** What older SDKs read in an audience's place. */
const UNTYPED = JSON.stringify([
  "or",
  { match: "exact", name: "$opt_dummy_attribute", type: "custom_attribute", value: "$opt_dummy_value" },
]);

function experimentOf({ id, number, variants, targeting }) {
  const audience = audienceOf(number).id;
  return {
    id: number,
    key: `${id}-experiment`,
    status: "Running",
    layerId: `layer-${number}`,
    forcedVariations: {},
    variations: variants.map(({ id }) => ({ id: `${number}-${id}`, key: id, featureEnabled: true, variables: [] })),
    trafficAllocation: ranges(variants, 10_000).map(({ id, end }) => ({
      entityId: `${number}-${id}`,
      endOfRange: end,
    })),
    audienceIds: targeting ? [audience] : [],
    ...(targeting && { audienceConditions: ["or", audience] }),
  };
}

function audienceOf(number) {
  return { id: `audience-${number}`, name: `audience-${number}` };
}

function conditionsOf({ countries, age, plan }) {
  const match = (name, how, value) => ({ type: "custom_attribute", name, match: how, value });
  const country = ["or", ...countries.map((country) => match("country", "exact", country))];
  return ["and", country, match("age", "ge", age), match("plan", "exact", plan)];
}
