// Runs the golden vectors on a build of the package, wherever that is; see vectors/README.md for the files.

/** Every way in which the package differs from the vectors, as text; and how many answers were compared. */
export function checkVectors(Edgewise, { bucket, assign }) {
  const report = { compared: 0, differences: [] };
  for (const place of bucket.places) checkPlace(Edgewise, place, report);
  for (const group of assign.groups) checkGroup(Edgewise, group, report);
  return report;
}

/** The place's salt belongs to an experiment, whose answer shows both draws, or to a flag, whose rollout shows one. */
function checkPlace(Edgewise, place, report) {
  const check = place.salt.startsWith("flag:") ? checkRollout : checkDraws;
  for (const vector of place.cases) {
    const load = (content) => {
      const document = { seed: place.seed, units: ["user"], experiments: [], flags: [], ...content };
      const edgewise = Edgewise.loadSync(Edgewise.compile(document));
      return edgewise.context({ user: JSON.parse(vector.unit_json) }, { now: 0 });
    };
    check(load, place, vector, (suffix, actual, expected) =>
      compare(report, `${place.name}: ${vector.name}${suffix}`, actual, expected),
    );
  }
}

function checkDraws(load, { salt }, vector, expect) {
  const draw = (ramp) => {
    const variants = [{ id: "control", control: true }, { id: "treatment" }];
    const allocation = [{ start: 0, end: 1_000_000, variant: "control" }];
    const experiment = { id: "draw", iteration: 1, salt, unit: "user", state: "running", ramp, variants, allocation };
    return load({ experiments: [experiment] }).variant("draw");
  };
  if (vector.reason) return expect("", draw([]).reason, vector.reason);
  expect("", draw([]).bucket, vector.variant);
  expect(", left out", draw([{ buckets: vector.entry }]).reason, "not_in_ramp");
  expect(", let in", draw([{ buckets: vector.entry + 1 }]).reason, "assigned");
}

function checkRollout(load, { salt }, vector, expect) {
  const takes = (buckets) => {
    const rules = [{ rollout: { unit: "user", buckets }, value: "true" }];
    return load({ flags: [{ id: "draw", salt, type: "boolean", default: "false", rules }] }).get("draw", false);
  };
  if (vector.reason) return expect("", takes(1_000_000), false);
  expect(", left out", takes(vector.entry), false);
  expect(", let in", takes(vector.entry + 1), true);
}

function checkGroup(Edgewise, group, report) {
  const edgewise = Edgewise.loadSync(Edgewise.compile(group.document, group.audience ?? "server"));
  const epochs = Object.fromEntries(edgewise.experiments.map(({ id, epoch }) => [id, epoch]));
  compare(report, `${group.name}: epochs`, sorted(epochs), sorted(group.epochs));
  for (const vector of group.cases) {
    const where = `${group.name}: ${vector.name}`;
    const values = vector.context ?? JSON.parse(vector.context_json);
    const { now, sticky, forced, nonce, counters } = vector;
    const context = edgewise.context(values, { now, sticky, forced, nonce, counters });
    const together = new Map(context.assignments().map((answer) => [answer.experiment, answer]));
    for (const [id, expected] of Object.entries(vector.experiments)) {
      const alone = context.variant(id);
      compare(report, `${where}: ${id}`, outcome(alone), whole(group, id, expected));
      if (id in group.epochs) compare(report, `${where}: ${id} among all`, together.get(id), alone);
    }
    for (const [id, expected] of Object.entries(vector.flags)) {
      const { value, reason: source, rule, experiment } = context.evaluate(id);
      const answer = { value, source, ...(rule === null ? {} : { rule }), experiment };
      compare(report, `${where}: flag ${id}`, answer, expected);
    }
  }
}

function outcome({ experiment, details, ...answer }) {
  return { ...answer, ...details, propensity: rounded(details.propensity) };
}

/** An answer of the vectors with what they leave out: what mostly holds, and what follows from the document. */
function whole(group, id, expected) {
  const { unit = null, fallback: other, iteration = null, sticky: keeps = false } = definitionOf(group, id);
  const { variant, reason, fallback = false } = expected;
  return {
    epoch: group.epochs[id] ?? null,
    holdout: null,
    ...expected,
    fallback,
    unit: fallback ? other : unit,
    iteration,
    propensity: reason === "assigned" ? rounded(group.propensities[id][variant]) : null,
    sticky: keeps && reason === "assigned",
  };
}

function definitionOf({ document, epochs }, id) {
  return (id in epochs && document.experiments.find((experiment) => experiment.id === id)) || {};
}

/** Sums of products of shares are rounded in another order. */
function rounded(share) {
  return share === null ? null : Math.round(share * 1e12);
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort());
}

function compare(report, where, actual, expected) {
  report.compared++;
  const [got, wanted] = [canonical(actual), canonical(expected)];
  if (got !== wanted) report.differences.push(`${where}: ${got} instead of ${wanted}`);
}

/** JSON with sorted keys, so that objects compare by content. */
function canonical(value) {
  return JSON.stringify(value, (_, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner) ? sorted(inner) : inner,
  );
}
