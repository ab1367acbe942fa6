/**
 * The edge worker. A request is answered from the ruleset that this isolate holds; whatever has to be told to the
 * collector is queued and shipped after the answer has gone.
 */
import { failure } from "./answer.js";
import { allowEveryOrigin, preflight } from "./cors.js";
import { FLAGS, keyIn } from "./evaluating.js";
import type { ExecutionContext } from "./execution.js";
import { Isolate } from "./isolate.js";
import { unanswerable } from "./ofrep.js";
import { route } from "./route.js";
import type { Environment } from "./settings.js";
import { SettingsError } from "./settings.js";

export { Turns } from "./objects/turns.js";

let isolate: Isolate | undefined;

export default {
  async fetch(request: Request, environment: Environment, context: ExecutionContext): Promise<Response> {
    if (request.method === "OPTIONS") return preflight();
    const url = new URL(request.url);
    try {
      isolate ??= new Isolate(environment);
      return allowEveryOrigin(await route({ request, url, isolate, context }));
    } catch (error) {
      return allowEveryOrigin(broken(request.method, url.pathname, error));
    }
  },
};

/** The worker cannot answer at all: its settings are wrong, which the answer says, or it failed, which the log says. */
function broken(method: string, pathname: string, error: unknown): Response {
  const explained = error instanceof SettingsError;
  const message = explained ? error.message : "the worker failed over this request; its log says more";
  if (!explained) console.error(`no answer to ${method} ${pathname}: ${String(error)}`);
  if (pathname.startsWith(FLAGS)) return unanswerable(500, message, keyIn(pathname));
  return failure(500, explained ? "misconfigured" : "internal", message);
}
