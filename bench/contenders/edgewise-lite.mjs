import { Edgewise } from "edgewise/lite";

export const title = "Edgewise lite";
export const configuration = "edgewise";
export const bytes = true;

export async function open(ruleset) {
  const edgewise = await Edgewise.load(ruleset);
  return {
    subject: (user, country, age, plan) => edgewise.context({ user, country, age, plan }),
    one: (context, experiment) => context.variant(experiment),
    variantOf: (answer) => answer.variant,
    all: (context) => context.assignments(),
    variantAt: (answers, index) => answers[index].variant,
    close: () => edgewise.free(),
  };
}
