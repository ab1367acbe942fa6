/** One request, and what there is to answer it with. */
import type { ExecutionContext } from "./execution.js";
import type { Isolate } from "./isolate.js";

export interface Call {
  readonly request: Request;
  readonly url: URL;
  /** The path, below the prefix that the worker's own endpoints are served under. */
  readonly path: string;
  /** Where these endpoints are, without a slash at the end. */
  readonly base: string;
  readonly isolate: Isolate;
  readonly context: ExecutionContext;
}
