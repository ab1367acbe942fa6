import { FlagdCore } from "@openfeature/flagd-core";

export const title = "flagd-core";
export const configuration = "flagd";

const silent = { error() {}, warn() {}, info() {}, debug() {} };

export function open(text) {
  const core = new FlagdCore(undefined, silent);
  core.setConfigurations(text);
  return {
    subject: (user, country, age, plan) => ({ targetingKey: user, country, age, plan }),
    one: (context, experiment) => core.resolveStringEvaluation(experiment, "", context, silent),
    variantOf: (details) => details.value || null,
    all: (context) => core.resolveAll(context, silent),
    variantAt: (all, index) => all[index].value || null,
  };
}
