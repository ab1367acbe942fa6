/** Edgewise's own questions, beside OpenFeature's: all assignments of a unit, and why an answer is as it is. */
import type { Context, Edgewise } from "edgewise";
import { failure, json } from "./answer.js";
import type { Call } from "./call.js";
import type { Failure } from "./flag.js";
import { isFailure } from "./flag.js";
import { readValues, targetingUnit } from "./values.js";
import type { Values } from "./values.js";
import { visit } from "./visit.js";

/** Where they are asked. */
export const ASSIGNMENTS = "/v1/assignments";
export const EXPLAIN = "/v1/explain";

/**
 * Every experiment's answer, with the flag values that it decides and the events to send when it is used. Asking
 * exposes nobody.
 */
export async function answerAssignments(call: Call): Promise<Response> {
  const given = await read(call);
  if (given instanceof Response) return given;
  const { evaluation, headers } = await visit(call, given.held, given.values, assignments);
  const { asked: _asked, ...answer } = evaluation;
  return json(200, answer, headers);
}

/** Every step on the way to one answer: `{"context": {…}, "experiment": "…"}`, or `"flag"` in its place. */
export async function answerExplain(call: Call): Promise<Response> {
  const given = await read(call);
  if (given instanceof Response) return given;
  const { experiment, flag } = JSON.parse(given.body) as { experiment?: unknown; flag?: unknown };
  if ((typeof experiment === "string") === (typeof flag === "string")) {
    return failure(400, "malformed", 'name what to explain: either "experiment" or "flag", with its id');
  }
  const { evaluation } = await visit(call, given.held, given.values, (ruleset, context) => ({
    asked: (typeof experiment === "string" ? [experiment] : claimsOf(ruleset, flag as string)).map((id) => context.variant(id)),
    ruleset: ruleset.digest,
    ...(typeof experiment === "string" ? context.explain(experiment) : context.explainFlag(flag as string)),
  }));
  const { asked: _asked, ...answer } = evaluation;
  return json(200, answer);
}

function assignments(ruleset: Edgewise, context: Context) {
  const decided = new Map<string, Record<string, unknown>>();
  for (const { id } of ruleset.flags) {
    const { experiment, value } = context.evaluate(id);
    if (experiment !== null) decided.set(experiment, { ...decided.get(experiment), [id]: value });
  }
  const asked = context.assignments();
  return {
    asked,
    ruleset: ruleset.digest,
    units: context.units(),
    assignments: asked.map((answer) => ({
      ...answer,
      overrides: decided.get(answer.experiment) ?? {},
      exposures: context.exposures(answer),
    })),
  };
}

interface Question {
  readonly body: string;
  readonly held: Edgewise;
  readonly values: Values;
}

/** The ruleset and the values to ask it for, or the answer where one of them is wanting. */
async function read({ request, isolate, context }: Call): Promise<Question | Response> {
  const body = await request.text();
  const { held, problem } = await isolate.rulesets.current(Date.now(), context);
  if (!held) {
    const why = problem ?? "the control server has not answered yet";
    return failure(503, "no_ruleset", `this worker has no ruleset to answer with; ${why}`, { "retry-after": "1" });
  }
  const values = readValues(body, targetingUnit(held, isolate.settings));
  return isFailure(values) ? refused(values) : { body, held, values };
}

function refused({ errorCode, errorDetails }: Failure): Response {
  return failure(400, errorCode.toLowerCase(), errorDetails);
}

function claimsOf(ruleset: Edgewise, flag: string): readonly string[] {
  return ruleset.flags.find(({ id }) => id === flag)?.claimedBy ?? [];
}
