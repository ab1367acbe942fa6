import siphash from "siphash";
import { pick, prepare, takes } from "../thresholds.mjs";

export const title = "siphash (JavaScript) in a loop";
export const configuration = "plain";

const KEY = siphash.string16_to_key("0123456789abcdef");

export function open(text) {
  const experiments = prepare(text);
  const byId = new Map(experiments.map((experiment) => [experiment.id, experiment]));
  const draw = (subject, experiment) =>
    takes(experiment, subject) ? pick(experiment, siphash.hash(KEY, subject.user + experiment.suffix).h >>> 0) : null;
  return {
    subject: (user, country, age, plan) => ({ user, country, age, plan }),
    one: (subject, experiment) => draw(subject, byId.get(experiment)),
    variantOf: (variant) => variant,
    all: (subject) => experiments.map((experiment) => draw(subject, experiment)),
    variantAt: (variants, index) => variants[index],
  };
}
