/** What a page says when it begins. */
import type { AnonymousOptions } from "./identity.js";
import type { Evaluations } from "./remote.js";

export interface LoadOptions {
  /** Unit ids and attributes, like `{ user: "u_1", country: "IN" }`. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Where events are sent. Default: `events` beside the ruleset, so `/v1/events` for `/v1/ruleset`. */
  readonly eventsUrl?: string;
  /** The edge worker, which answers where the page cannot: WebAssembly is blocked, or there is no ruleset. */
  readonly workerUrl?: string;
  /**
   * Answers that the server rendered into the page: the body of the worker's bulk evaluation for the same context. They
   * hold from the first moment until the ruleset has come.
   */
  readonly bootstrap?: Evaluations;
  /** The anonymous id of this browser; false: none. */
  readonly anonymous?: AnonymousOptions | false;
  /**
   * What the visitor said on this site about being told apart and told about. Without: yes, unless the browser sends
   * Global Privacy Control or Do Not Track.
   */
  readonly consent?: boolean;
  /** What the ruleset's signature is held against, as `edgewise keys public` prints it. */
  readonly publicKey?: string | Uint8Array;
  /** Follow new rulesets while the page is open: true where the worker says where, or the URL of its event stream. */
  readonly live?: boolean | string;
}
