import xxhash from "xxhash-wasm";
import { pick, prepare, takes } from "../thresholds.mjs";

export const title = "xxhash-wasm in a loop";
export const configuration = "plain";

export async function open(text) {
  const { h32 } = await xxhash();
  const experiments = prepare(text);
  const byId = new Map(experiments.map((experiment) => [experiment.id, experiment]));
  const draw = (subject, experiment) =>
    takes(experiment, subject) ? pick(experiment, h32(subject.user + experiment.suffix)) : null;
  return {
    subject: (user, country, age, plan) => ({ user, country, age, plan }),
    one: (subject, experiment) => draw(subject, byId.get(experiment)),
    variantOf: (variant) => variant,
    all: (subject) => experiments.map((experiment) => draw(subject, experiment)),
    variantAt: (variants, index) => variants[index],
  };
}
