import { GrowthBookClient } from "@growthbook/growthbook";

export const title = "GrowthBook client";
export const configuration = "growthbook";

export function open(text) {
  const payload = JSON.parse(text);
  const ids = Object.keys(payload.features);
  const client = new GrowthBookClient().initSync({ payload });
  return {
    subject: (user, country, age, plan) => ({ attributes: { user, country, age, plan } }),
    one: (context, experiment) => client.evalFeature(experiment, context),
    variantOf: (result) => result.value,
    all: (context) => ids.map((id) => client.evalFeature(id, context)),
    variantAt: (results, index) => results[index].value,
    close: () => client.destroy(),
  };
}
