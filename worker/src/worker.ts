/**
 * The edge worker. A request is answered from the ruleset that this isolate holds; whatever has to be told to the
 * collector is queued and shipped after the answer has gone.
 */
import { failure } from "./answer.js";
import type { MessageBatch } from "./bindings.js";
import { allowEveryOrigin, preflight } from "./cors.js";
import { FLAGS, keyIn } from "./evaluating.js";
import type { ExecutionContext } from "./execution.js";
import { Isolate } from "./isolate.js";
import { unanswerable } from "./ofrep.js";
import { answerPage } from "./pages/page.js";
import { route } from "./route.js";
import type { Environment } from "./settings.js";
import { readSettings, SettingsError } from "./settings.js";
import { emptyQueue } from "./sinks/queue.js";

/** What is deployed with the worker. */
export interface WorkerOptions {
  /** A ruleset to begin with, so that the first request waits for no other server. */
  readonly ruleset?: ArrayBuffer | Uint8Array<ArrayBuffer>;
  /** `edgewise/core.wasm` as a `WebAssembly.Module`, for hosts that compile it beforehand and nothing later. */
  readonly module?: object;
}

/** What a host calls for each request. */
export interface Worker {
  fetch(request: Request, environment: Environment, context: ExecutionContext): Promise<Response>;
  /** Empties a queue of events: see `EVENT_QUEUE`. */
  queue(batch: MessageBatch, environment: Environment): Promise<void>;
}

/** A worker; what its requests share lives as long as it does. */
export function createWorker(options: WorkerOptions = {}): Worker {
  let isolate: Isolate | undefined;
  return {
    async fetch(request, environment, context) {
      const url = new URL(request.url);
      try {
        isolate ??= new Isolate(environment, options);
        const { prefix, origin } = isolate.settings;
        const path = below(prefix, url.pathname);
        const call = { request, url, path: path ?? "", base: `${url.origin}${prefix}`, isolate, context };
        if (origin && path === undefined) return await answerPage(call, origin);
        return request.method === "OPTIONS" ? preflight() : allowEveryOrigin(await route(call));
      } catch (error) {
        const path = below(isolate?.settings.prefix ?? "", url.pathname) ?? url.pathname;
        return allowEveryOrigin(broken(request.method, path, error));
      }
    },
    queue: (batch, environment) => emptyQueue(batch, readSettings(environment, true).eventsUrl),
  };
}

/** The path below the prefix; undefined: it is not below it, and none of the worker's own. */
function below(prefix: string, pathname: string): string | undefined {
  return pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : undefined;
}

/** The worker cannot answer at all: its settings are wrong, which the answer says, or it failed, which the log says. */
function broken(method: string, pathname: string, error: unknown): Response {
  const explained = error instanceof SettingsError;
  const message = explained ? error.message : "the worker failed over this request; its log says more";
  if (!explained) console.error(`no answer to ${method} ${pathname}: ${String(error)}`);
  if (pathname.startsWith(FLAGS)) return unanswerable(500, message, keyIn(pathname));
  return failure(500, explained ? "misconfigured" : "internal", message);
}
