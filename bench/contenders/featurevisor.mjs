import { createInstance } from "@featurevisor/sdk";

export const title = "Featurevisor";
export const configuration = "featurevisor";

export function open(text) {
  const instance = createInstance({ datafile: text, logLevel: "fatal" });
  return {
    subject: (user, country, age, plan) => ({ user, country, age, plan }),
    one: (context, experiment) => instance.getVariation(experiment, context),
    variantOf: (variation) => variation,
    all: (context) => instance.getAllEvaluations(context),
    variantAt: (evaluations, _index, experiment) => evaluations[experiment].variation ?? null,
  };
}
