/** Which answer a request gets: by its path, its method, its key, and how often its client has come. */
import { failure, json } from "./answer.js";
import type { Call } from "./call.js";
import { answerAll, answerOne, EVENTS, FLAGS, keyIn } from "./evaluating.js";
import { receive } from "./events.js";
import { answerChoice, FORCED } from "./forcing.js";
import { answerAssignments, answerExplain, ASSIGNMENTS, EXPLAIN } from "./native.js";
import { unanswerable } from "./ofrep.js";
import { isOneOf, keyOf } from "./secrets.js";
import { mayListen, stream, STREAM } from "./stream.js";

const HEALTH = "/healthz";

/** Finds the answer to one request. */
export async function route(call: Call): Promise<Response> {
  const { path } = call;
  if (path === HEALTH) return onlyBy("GET", call, health);
  if (path === EVENTS) return onlyBy("POST", call, takeEvents);
  if (path === FLAGS) return onlyBy("POST", call, forReaders(answerAll));
  if (path === STREAM) return onlyBy("GET", call, listen);
  if (path === ASSIGNMENTS) return onlyBy("POST", call, forReaders(answerAssignments));
  if (path === FORCED) return onlyBy("POST", call, answerChoice);
  if (path === EXPLAIN) return onlyBy("POST", call, forExplainers(answerExplain));
  const key = keyIn(path);
  if (key !== undefined) return onlyBy("POST", call, forReaders((call) => answerOne(call, key)));
  const served = `POST ${FLAGS}, POST ${EVENTS} or GET ${HEALTH}`;
  return failure(404, "not_found", `nothing is served at ${path}; try ${served}`);
}

type Answer = (call: Call) => Promise<Response>;

async function onlyBy(method: string, call: Call, answer: Answer): Promise<Response> {
  if (call.request.method !== method) {
    const message = `${call.request.method} is not served here; use ${method}`;
    return failure(405, "method_not_allowed", message, { allow: `${method}, OPTIONS` });
  }
  if (answer === health) return answer(call);
  const seconds = await call.isolate.limit.check(clientOf(call.request), Date.now());
  return seconds > 0 ? tooMany(call, seconds) : answer(call);
}

/** The answer, for who shows a key for reading; where none is configured, for everybody. */
function forReaders(answer: Answer): Answer {
  return async (call) => {
    const { readKeys } = call.isolate.settings;
    const refusal = readKeys.length === 0 ? undefined : refusalOf(call.request, readKeys, "READ_KEYS");
    if (refusal === undefined) return answer(call);
    return unanswerable(401, refusal, keyIn(call.path), { "www-authenticate": "Bearer" });
  };
}

/** The answer, for who shows a key for explaining: it tells of targeting, so nobody else gets one. */
function forExplainers(answer: Answer): Answer {
  return async (call) => {
    const { explainKeys } = call.isolate.settings;
    const refusal = refusalOf(call.request, explainKeys, "EXPLAIN_KEYS");
    return refusal === undefined ? answer(call) : failure(401, "unauthorised", refusal, { "www-authenticate": "Bearer" });
  };
}

/** Why the request may not; undefined: it may. */
function refusalOf(request: Request, keys: readonly string[], name: string): string | undefined {
  const given = keyOf(request);
  if (given !== undefined && isOneOf(keys, given)) return undefined;
  const what = given === undefined ? "the request shows no key" : `the request's key is not one of ${name}`;
  return `${what}; send \`Authorization: Bearer <key>\` or \`X-API-Key: <key>\``;
}

/** Tells of new rulesets for as long as the client stays. */
async function listen(call: Call): Promise<Response> {
  const { request, url, isolate, context } = call;
  const { readKeys } = isolate.settings;
  if (readKeys.length === 0 || (await mayListen(readKeys, url, Date.now()))) return stream(request, isolate, context);
  return forReaders(async () => stream(request, isolate, context))(call);
}

/** Events of clients: checked, queued and answered at once; durable only when the collector has them. */
async function takeEvents({ request, isolate, context }: Call): Promise<Response> {
  const response = receive(await request.text(), isolate, Date.now());
  context.waitUntil(isolate.shipper.drain());
  return response;
}

/** Whether this isolate can answer, and how its shipping stands. */
async function health({ isolate, context }: Call): Promise<Response> {
  const { held, problem } = await isolate.rulesets.current(Date.now(), context);
  context.waitUntil(isolate.shipper.drain());
  return json(held ? 200 : 503, {
    ruleset: held?.digest ?? null,
    problem: problem ?? null,
    events: isolate.shipper.counts(),
  });
}

function tooMany({ path }: Call, seconds: number): Response {
  const message = `too many requests from this client; come back in ${seconds} s`;
  const headers = { "retry-after": `${seconds}` };
  if (path.startsWith(FLAGS)) return unanswerable(429, message, keyIn(path), headers);
  return failure(429, "too_many_requests", message, headers);
}

/** Whose requests are counted together: an address, or all of them where the host names none. */
function clientOf(request: Request): string {
  return request.headers.get("cf-connecting-ip") ?? "all";
}
