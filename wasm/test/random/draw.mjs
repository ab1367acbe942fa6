// Contexts drawn from a plan, step by step as core/examples/random_evaluations/draw.rs draws them.

const HALF_HOUR = 1_800_000;

/** The next context for a document: its object of ids and attributes, and its options. */
export function draw(plan, document, rng) {
  const values = drawValues(plan, document, rng);
  const now = plan.now + (rng.below(17) - 8) * HALF_HOUR;
  return { values, options: { now, ...drawDirectives(document.experiments, rng) } };
}

function drawValues(plan, document, rng) {
  const values = {};
  for (const unitType of document.units) {
    if (!rng.oneIn(8)) values[unitType] = rng.oneIn(4) ? rng.pick(plan.ids) : `u_${rng.below(100_000)}`;
  }
  for (const path of plan.paths) {
    if (!rng.oneIn(4)) put(values, path, rng.oneIn(6) ? rng.below(20) : rng.pick(plan.values));
  }
  return values;
}

/** Paths of a plan share their beginnings with objects only. */
function put(values, path, value) {
  let parent = values;
  for (const name of path.slice(0, -1)) parent = parent[name] ??= {};
  parent[path.at(-1)] = value;
}

function drawDirectives(experiments, rng) {
  const made = {};
  if (rng.oneIn(2)) made.sticky = Array.from({ length: 1 + rng.below(3) }, () => drawRecord(experiments, rng));
  if (rng.oneIn(6)) {
    const experiment = rng.pick(experiments);
    made.forced = { [experiment.id]: rng.pick(experiment.variants).id };
  }
  if (rng.oneIn(2)) made.nonce = `n_${rng.below(1000)}`;
  if (rng.oneIn(2)) {
    made.counters = {};
    for (const { id } of experiments) if (rng.oneIn(2)) made.counters[id] = rng.below(100);
  }
  return made;
}

function drawRecord(experiments, rng) {
  const experiment = rng.pick(experiments);
  const iteration = rng.oneIn(4) ? 1 + rng.below(3) : experiment.iteration;
  const variant = rng.pick(experiment.variants).id;
  return { experiment: experiment.id, iteration, variant, epoch: digits(rng.next()) + digits(rng.next()) };
}

function digits(word) {
  return word.toString(16).padStart(8, "0");
}
