/** One request, and what there is to answer it with. */
import type { ExecutionContext } from "./execution.js";
import type { Isolate } from "./isolate.js";

export interface Call {
  readonly request: Request;
  readonly url: URL;
  readonly isolate: Isolate;
  readonly context: ExecutionContext;
}
