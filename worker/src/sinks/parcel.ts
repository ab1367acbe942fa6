/** What a batch of events is while it is on its way, and what may become of it. */

/** A batch that keeps its id and its events' over all attempts, so that the collector can tell a repetition. */
export interface Parcel {
  readonly id: string;
  /** The events as JSON texts with commas between. */
  readonly events: string;
  readonly count: number;
  /** By how much the clock that wrote the events' times is behind this one's. */
  readonly clockErrorMs: number;
}

export type Outcome =
  /** The other side answers for the events from now on, but for the rejected ones. */
  | { readonly kind: "acknowledged"; readonly rejected: number }
  /** It will never take them. */
  | { readonly kind: "refused"; readonly problem: string }
  | { readonly kind: "later"; readonly problem: string; readonly retryAfterMs: number };

/** Where the isolate's events go. */
export interface Sink {
  /** No parcel is larger, unless a single event is. */
  readonly mostBytes: number;
  /** One attempt; never throws. */
  send(parcel: Parcel): Promise<Outcome>;
}

/** What was thrown on the way is worth another attempt. */
export function afterError(error: unknown): Outcome {
  return { kind: "later", problem: error instanceof Error ? error.message : String(error), retryAfterMs: 0 };
}
