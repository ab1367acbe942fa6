import { ranges } from "../experiments.mjs";

const SHARDS = 10_000;

/** A universal flag configuration without assignment logging. */
export function configure(experiments) {
  return JSON.stringify({
    createdAt: "2026-01-01T00:00:00Z",
    format: "SERVER",
    environment: { name: "production" },
    flags: Object.fromEntries(experiments.map((experiment) => [experiment.id, flagOf(experiment)])),
  });
}

function flagOf({ id, variants, targeting }) {
  const splits = ranges(variants, SHARDS).map(({ id: variationKey, start, end }) => ({
    variationKey,
    shards: [{ salt: `${id}-split`, ranges: [{ start, end }] }],
  }));
  return {
    key: id,
    enabled: true,
    variationType: "STRING",
    totalShards: SHARDS,
    variations: Object.fromEntries(variants.map(({ id }) => [id, { key: id, value: id }])),
    allocations: [{ key: `${id}-allocation`, doLog: false, splits, ...(targeting && { rules: [ruleOf(targeting)] }) }],
  };
}

function ruleOf({ countries, age, plan }) {
  return {
    conditions: [
      { attribute: "country", operator: "ONE_OF", value: countries },
      { attribute: "age", operator: "GTE", value: age },
      { attribute: "plan", operator: "ONE_OF", value: [plan] },
    ],
  };
}
