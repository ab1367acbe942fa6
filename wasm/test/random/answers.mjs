// Answers the questions of a plan with a build of the package, as core/examples/random_evaluations answers them natively.
import { draw } from "./draw.mjs";
import { Generator } from "./generator.mjs";
import { SipHash128 } from "./siphash.mjs";

/** For each document from `first` on: its ruleset's digest, the contexts, the evaluations, the digest of all answers. */
export function answerAll(Edgewise, plan, first, contexts) {
  return plan.documents.map((document, index) => answer(Edgewise, plan, document, first + index, contexts));
}

function answer(Edgewise, plan, document, seed, contexts) {
  const edgewise = Edgewise.loadSync(Edgewise.compile(document));
  const flags = document.flags.map(({ id }) => id).sort();
  const rng = new Generator(seed);
  const hash = new SipHash128();
  let evaluations = 0;
  for (let count = 0; count < contexts; count++) {
    const { values, options } = draw(plan, document, rng);
    const context = edgewise.context(values, options);
    const assignments = context.assignments();
    let lines = "";
    for (const assignment of assignments) lines += assignmentLine(assignment);
    askAlone(edgewise.context(values, options), assignments[count % assignments.length]);
    for (const flag of flags) lines += evaluationLine(context.evaluate(flag));
    evaluations += assignments.length + flags.length;
    hash.write(lines);
  }
  return { ruleset: edgewise.digest, contexts, evaluations, answers: hash.finish() };
}

/** One experiment asked by itself answers the same, whoever was asked for before. */
function askAlone(context, expected) {
  const [alone, together] = [context.variant(expected.experiment), expected].map(assignmentLine);
  if (alone !== together) throw new Error(`${expected.experiment} alone: ${alone} among all: ${together}`);
}

function assignmentLine({ variant, reason, bucket, exposure, epoch, details: { holdout, fallback } }) {
  return `${variant ?? "-"} ${reason} ${bucket ?? -1} ${exposure} ${epoch} ${holdout ?? "-"} ${fallback}\n`;
}

function evaluationLine({ value, reason, rule, experiment }) {
  return `${JSON.stringify(value)} ${reason} ${rule ?? -1} ${experiment ?? "-"}\n`;
}
