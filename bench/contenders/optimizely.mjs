import { createInstance, createStaticProjectConfigManager, OptimizelyDecideOption } from "@optimizely/optimizely-sdk";

export const title = "Optimizely";
export const configuration = "optimizely";

const UNLOGGED = [OptimizelyDecideOption.DISABLE_DECISION_EVENT];

export async function open(text) {
  const projectConfigManager = createStaticProjectConfigManager({ datafile: text });
  const client = createInstance({ projectConfigManager, disposable: true });
  await client.onReady();
  return {
    subject: (user, country, age, plan) => client.createUserContext(user, { country, age, plan }),
    one: (context, experiment) => context.decide(experiment, UNLOGGED),
    variantOf: (decision) => decision.variationKey,
    all: (context) => context.decideAll(UNLOGGED),
    variantAt: (decisions, _index, experiment) => decisions[experiment].variationKey,
    close: () => client.close(),
  };
}
