import { Edgewise } from "edgewise";
import { ranges } from "../experiments.mjs";

/** A ruleset, compiled from the document that `edgewise build --document` would write. */
export function configure(experiments) {
  return Edgewise.compile({
    seed: "9f86d081884c7d65",
    units: ["user"],
    flags: [],
    experiments: experiments.map(experimentOf),
  });
}

function experimentOf({ id, variants, targeting }) {
  return {
    id,
    iteration: 1,
    salt: `experiment:${id}@1`,
    unit: "user",
    state: "running",
    ...(targeting && { targeting: conditionOf(targeting) }),
    variants: variants.map(({ id }, index) => ({ id, control: index === 0 })),
    allocation: ranges(variants, 1_000_000).map(({ id, start, end }) => ({ start, end, variant: id })),
  };
}

function conditionOf({ countries, age, plan }) {
  return {
    and: [
      { in: { attribute: ["country"], values: countries } },
      { compare: { attribute: ["age"], operator: "ge", value: age } },
      { compare: { attribute: ["plan"], operator: "eq", value: plan } },
    ],
  };
}
