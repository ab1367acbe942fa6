/** OpenFeature remote evaluation over HTTP: reading the request, recalling what is known of the unit, answering. */
import { json } from "./answer.js";
import type { Call } from "./call.js";
import { isFailure } from "./flag.js";
import { bulkAnswer, evaluateAll, evaluateOne, unanswerable } from "./ofrep.js";
import type { Current } from "./ruleset.js";
import { eventStreams } from "./stream.js";
import { readValues, targetingUnit } from "./values.js";
import { visit } from "./visit.js";

/** Where all flags are evaluated; one flag has its key below. */
export const FLAGS = "/ofrep/v1/evaluate/flags";

/** Where clients send what they did with the answers. */
export const EVENTS = "/v1/events";

/** One flag: a use of it, hence an exposure, unless the request says otherwise. */
export async function answerOne(call: Call, key: string): Promise<Response> {
  const { request, isolate, context } = call;
  const body = await request.text();
  const { held, ...without } = await isolate.rulesets.current(Date.now(), context);
  if (!held) return noRuleset(without, key);

  const unit = targetingUnit(held, isolate.settings);
  const values = readValues(body, unit);
  if (isFailure(values)) return json(400, { key, ...values });
  const { evaluation, headers } = await visit(call, held, values, (ruleset, asking) =>
    evaluateOne(ruleset, key, asking, unit),
  );
  const { status, outcome, exposures } = evaluation;
  if (exposures.length > 0 && request.headers.get("x-edgewise-exposure") !== "none") {
    for (const exposure of exposures) isolate.expose(exposure, Date.now());
    context.waitUntil(isolate.shipper.drain());
  }
  return json(status, outcome, headers);
}

/** All flags: none is used yet, so each answer carries the exposures to redeem on use. */
export async function answerAll(call: Call): Promise<Response> {
  const { request, url, base, isolate, context } = call;
  const { settings, rulesets } = isolate;
  const body = await request.text();
  const notified = url.searchParams.get("flagConfigEtag");
  let { held, ...without } = await rulesets.current(Date.now(), context);
  // The client was told of a ruleset that this isolate has not seen yet.
  if (held && isOther(notified, held.digest)) ({ held, ...without } = await rulesets.refreshed(Date.now(), context));
  if (!held) return noRuleset(without);

  const unit = targetingUnit(held, settings);
  const values = readValues(body, unit);
  if (isFailure(values)) return json(400, values);
  const { evaluation, headers, forced } = await visit(call, held, values, (ruleset, asking) =>
    evaluateAll(ruleset, asking, unit),
  );
  const streams = await eventStreams(settings.readKeys, base, Date.now());
  // Told of another ruleset than this, a client must not be kept at what it has.
  const known = isOther(notified, evaluation.version) ? null : request.headers.get("if-none-match");
  const more = { eventsUrl: `${base}${EVENTS}`, ...(forced && { forced: JSON.stringify(forced) }) };
  return bulkAnswer(evaluation, more, streams, known, headers);
}

/** The flag key as the URL has it, undefined where all flags are asked for; one that is not encoded properly stands for itself. */
export function keyIn(pathname: string): string | undefined {
  if (!pathname.startsWith(`${FLAGS}/`)) return undefined;
  const key = pathname.slice(FLAGS.length + 1);
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** Nothing can be evaluated yet. */
function noRuleset({ problem }: Pick<Current<unknown>, "problem">, key?: string): Response {
  const why = problem ?? "the control server has not answered yet";
  return unanswerable(503, `this worker has no ruleset to answer with; ${why}`, key, { "retry-after": "1" });
}

/** Whether the client was told of a ruleset other than the one at hand: quotes and weakness do not count. */
function isOther(notified: string | null, digest: string): boolean {
  return notified !== null && notified.replace(/^W\//, "").replaceAll('"', "") !== digest;
}
