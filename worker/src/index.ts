/**
 * The edge worker. A request is answered from the ruleset that this isolate holds; whatever has to be told to the
 * collector is queued and shipped after the answer has gone.
 */
import { json, failure } from "./answer.js";
import { allowEveryOrigin, preflight } from "./cors.js";
import { receive } from "./events.js";
import type { ExecutionContext } from "./execution.js";
import { Isolate } from "./isolate.js";
import { evaluateAll, evaluateOne, unanswerable } from "./ofrep.js";
import type { Current } from "./ruleset.js";
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
      return allowEveryOrigin(broken(request, error));
    }
  },
};

/** Finds the answer to one request by its path. */
async function route(request: Request, isolate: Isolate, context: ExecutionContext): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === HEALTH) return onlyBy("GET", request, () => health(isolate, context));
  if (pathname === EVENTS) return onlyBy("POST", request, () => takeEvents(request, isolate, context));
  if (pathname === FLAGS) return onlyBy("POST", request, () => answerAll(request, isolate, context));
  const key = keyIn(pathname);
  if (key !== undefined) return onlyBy("POST", request, () => answerOne(key, request, isolate, context));
  return failure(
    404,
    "not_found",
    `nothing is served at ${pathname}; try POST ${FLAGS}, POST ${EVENTS} or GET ${HEALTH}`,
  );
}

/** OFREP single evaluation: a use of the flag, hence an exposure, unless the request says otherwise. */
async function answerOne(
  key: string,
  request: Request,
  isolate: Isolate,
  context: ExecutionContext,
): Promise<Response> {
  const body = await request.text();
  const ruleset = await isolate.rulesets.current(Date.now(), context);
  if (!ruleset.held) return unanswerable(503, without(ruleset), key);

  const { response, exposures } = evaluateOne(ruleset.held, key, body, isolate.settings, Date.now());
  if (exposures.length > 0 && request.headers.get("x-edgewise-exposure") !== "none") {
    for (const exposure of exposures) isolate.expose(exposure, Date.now());
    context.waitUntil(isolate.shipper.drain());
  }
  return response;
}

/** OFREP bulk evaluation: no flag is used yet, so each answer carries the exposures to redeem on use. */
async function answerAll(request: Request, isolate: Isolate, context: ExecutionContext): Promise<Response> {
  const body = await request.text();
  const ruleset = await isolate.rulesets.current(Date.now(), context);
  if (!ruleset.held) return unanswerable(503, without(ruleset));

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

/** Why nothing can be evaluated yet. */
function without({ problem }: Current<unknown>): string {
  return `this worker has no ruleset to answer with; ${problem ?? "the control server has not answered yet"}`;
}

/** The worker cannot answer at all: its settings are wrong, which the answer says, or it failed, which the log says. */
function broken(request: Request, error: unknown): Response {
  const { pathname } = new URL(request.url);
  const explained = error instanceof SettingsError;
  const message = explained ? error.message : "the worker failed over this request; its log says more";
  if (!explained) console.error(`no answer to ${request.method} ${pathname}: ${String(error)}`);
  if (pathname.startsWith(FLAGS)) return unanswerable(500, message, keyIn(pathname));
  return failure(500, explained ? "misconfigured" : "internal", message);
}

/** The flag key as the URL has it; undefined where all flags are asked for. */
function keyIn(pathname: string): string | undefined {
  return pathname.startsWith(`${FLAGS}/`) ? pathname.slice(FLAGS.length + 1) : undefined;
}

async function onlyBy(method: string, request: Request, answer: () => Promise<Response>): Promise<Response> {
  if (request.method === method) return answer();
  const message = `${request.method} is not served here; use ${method}`;
  return failure(405, "method_not_allowed", message, { allow: `${method}, OPTIONS` });
}
