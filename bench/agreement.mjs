// Nobody is timed who does another job: all have to take the same units in, and to spread them by the same weights.
import { targets } from "./experiments.mjs";
import { SCENARIOS } from "./scenarios.mjs";
import { makeUnits } from "./units.mjs";

const UNITS = 2_000;
const SEED = 1;
/** So many of the units are asked for everything, one by one and at once. */
const UNITS_FOR_ALL = 25;
/** The units are fixed, so this either holds for ever or never: a share that far off has other weights. */
const STANDARD_DEVIATIONS = 5;

/** @throws {Error} a contender does not do what the experiments say. */
export async function checkAgreement(contender) {
  for (const { title, experiments, ask } of SCENARIOS) {
    const client = await contender.open(contender.configure(experiments));
    const problem =
      ask === undefined
        ? await problemWithAll(client, experiments)
        : await problemWithOne(
            client,
            experiments.find(({ id }) => id === ask),
          );
    await client.close?.();
    if (problem) throw new Error(`${contender.title}, ${title}: ${problem}`);
  }
}

async function problemWithOne(client, experiment) {
  const counts = new Map(experiment.variants.map(({ id }) => [id, 0]));
  for (const unit of unitObjects(UNITS)) {
    const variant = client.variantOf(await client.one(subjectOf(client, unit), experiment.id));
    const problem = problemWithVariant(experiment, unit, variant);
    if (problem) return problem;
    if (variant !== null) counts.set(variant, counts.get(variant) + 1);
  }
  return problemWithShares(experiment, counts);
}

async function problemWithAll(client, experiments) {
  for (const unit of unitObjects(UNITS_FOR_ALL)) {
    const subject = subjectOf(client, unit);
    const answers = await client.all(subject);
    for (const [index, experiment] of experiments.entries()) {
      const variant = client.variantAt(answers, index, experiment.id);
      const alone = client.variantOf(await client.one(subject, experiment.id));
      if (variant !== alone) return `${experiment.id} is ${variant} among all and ${alone} alone`;
      const problem = problemWithVariant(experiment, unit, variant);
      if (problem) return problem;
    }
  }
  return undefined;
}

function problemWithVariant(experiment, unit, variant) {
  const targeted = targets(experiment, unit);
  if ((variant !== null) !== targeted) {
    return `${experiment.id} is${targeted ? "" : " not"} for ${JSON.stringify(unit)} and gave ${variant}`;
  }
  const known = variant === null || experiment.variants.some(({ id }) => id === variant);
  return known ? undefined : `${experiment.id} has no variant ${variant}`;
}

function problemWithShares({ id, variants }, counts) {
  const units = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const wrong = variants.find(({ id, weight }) => {
    const deviation = Math.sqrt(units * weight * (1 - weight));
    return Math.abs(counts.get(id) - units * weight) > STANDARD_DEVIATIONS * deviation;
  });
  return wrong && `${id} gave ${wrong.id} to ${counts.get(wrong.id)} of ${units} units, its weight is ${wrong.weight}`;
}

function unitObjects(count) {
  const { users, countries, ages, plans } = makeUnits(count, SEED);
  return users.map((user, index) => ({ user, country: countries[index], age: ages[index], plan: plans[index] }));
}

function subjectOf(client, { user, country, age, plan }) {
  return client.subject(user, country, age, plan);
}
