// One instance for each context, as its guide has it for servers and edge workers.
import { GrowthBook } from "@growthbook/growthbook";

export const title = "GrowthBook, one a context";
export const configuration = "growthbook";

export function open(text) {
  const payload = JSON.parse(text);
  const ids = Object.keys(payload.features);
  return {
    subject: (user, country, age, plan) =>
      new GrowthBook({ attributes: { user, country, age, plan } }).initSync({ payload }),
    one: (growthbook, experiment) => growthbook.evalFeature(experiment),
    variantOf: (result) => result.value,
    all: (growthbook) => ids.map((id) => growthbook.evalFeature(id)),
    variantAt: (results, index) => results[index].value,
  };
}
