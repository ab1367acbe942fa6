import { murmur3 } from "../murmur3.mjs";
import { pick, prepare, takes } from "../thresholds.mjs";

export const title = "hand-written murmur3 loop";
export const configuration = "plain";

export function open(text) {
  const experiments = prepare(text);
  const byId = new Map(experiments.map((experiment) => [experiment.id, experiment]));
  const draw = (subject, experiment) =>
    takes(experiment, subject) ? pick(experiment, murmur3(subject.user + experiment.suffix)) : null;
  return {
    subject: (user, country, age, plan) => ({ user, country, age, plan }),
    one: (subject, experiment) => draw(subject, byId.get(experiment)),
    variantOf: (variant) => variant,
    all: (subject) => experiments.map((experiment) => draw(subject, experiment)),
    variantAt: (variants, index) => variants[index],
  };
}
