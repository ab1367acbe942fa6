/**
 * The edge worker. A request is answered from the ruleset that this isolate holds; whatever has to be told to the
 * collector is queued and shipped after the answer has gone.
 */
import { json, failure } from "./answer.js";
import { allowEveryOrigin, preflight } from "./cors.js";
import { receive } from "./events.js";
import type { ExecutionContext } from "./execution.js";
import { Isolate } from "./isolate.js";
import { evaluateAll, evaluateOne, withoutRuleset } from "./ofrep.js";
import type { Environment } from "./settings.js";
import { SettingsError } from "./settings.js";

const FLAGS = "/ofrep/v1/evaluate/flags";
const EVENTS = "/v1/events";
const HEALTH = "/healthz";

let isolate: Isolate | undefined;

export default {
  async fetch(request: Request, environment: Environment, context: ExecutionContext): Promise<Response> {
    if (request.method === "OPTIONS") return preflight();
    try {
      isolate ??= new Isolate(environment);
      return allowEveryOrigin(await route(request, isolate, context));
    } catch (error) {
      if (error instanceof SettingsError) return allowEveryOrigin(failure(500, "misconfigured", error.message));
      throw error;
    }
  },
};

/** Finds the answer to one request by its path. */
async function route(request: Request, isolate: Isolate, context: ExecutionContext): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === HEALTH) return onlyBy("GET", request, () => health(isolate, context));
  if (pathname === EVENTS) return onlyBy("POST", request, () => takeEvents(request, isolate, context));
  if (pathname === FLAGS) return onlyBy("POST", request, () => answerAll(request, isolate, context));
  if (pathname.startsWith(`${FLAGS}/`)) {
    return onlyBy("POST", request, () => answerOne(pathname.slice(FLAGS.length + 1), request, isolate, context));
  }
  return failure(
    404,
    "not_found",
    `nothing is served at ${pathname}; try POST ${FLAGS}, POST ${EVENTS} or GET ${HEALTH}`,
  );
}

/** OFREP single evaluation: a use of the flag, hence an exposure, unless the request says otherwise. */
async function answerOne(
  path: string,
  request: Request,
  isolate: Isolate,
  context: ExecutionContext,
): Promise<Response> {
  const body = await request.text();
  const ruleset = await isolate.rulesets.current(Date.now(), context);
  if (!ruleset.held) return withoutRuleset(ruleset, path);

  const { response, exposure } = evaluateOne(ruleset.held, path, body, isolate.settings, Date.now());
  if (exposure && request.headers.get("x-edgewise-exposure") !== "none") {
    isolate.expose(exposure, Date.now());
    context.waitUntil(isolate.shipper.drain());
  }
  return response;
}

/** OFREP bulk evaluation: no flag is used yet, so each answer carries the exposure to redeem on use. */
async function answerAll(request: Request, isolate: Isolate, context: ExecutionContext): Promise<Response> {
  const body = await request.text();
  const ruleset = await isolate.rulesets.current(Date.now(), context);
  if (!ruleset.held) return withoutRuleset(ruleset);

  const eventsUrl = new URL(EVENTS, request.url).href;
  return evaluateAll(ruleset.held, body, request.headers.get("if-none-match"), eventsUrl, isolate.settings, Date.now());
}

/** Events of clients: checked, queued and answered at once; durable only when the collector has them. */
async function takeEvents(request: Request, isolate: Isolate, context: ExecutionContext): Promise<Response> {
  const response = receive(await request.text(), isolate, Date.now());
  context.waitUntil(isolate.shipper.drain());
  return response;
}

/** Whether this isolate can answer, and how its shipping stands. */
async function health(isolate: Isolate, context: ExecutionContext): Promise<Response> {
  const ruleset = await isolate.rulesets.current(Date.now(), context);
  context.waitUntil(isolate.shipper.drain());
  return json(ruleset.held ? 200 : 503, {
    ruleset: ruleset.held?.digest ?? null,
    problem: ruleset.problem ?? null,
    events: isolate.shipper.counts(),
  });
}

async function onlyBy(method: string, request: Request, answer: () => Promise<Response>): Promise<Response> {
  if (request.method === method) return answer();
  const message = `${request.method} is not served here; use ${method}`;
  return failure(405, "method_not_allowed", message, { allow: `${method}, OPTIONS` });
}
