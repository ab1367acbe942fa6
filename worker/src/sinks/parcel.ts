/** A batch of events on its way. */
import type { Outcome } from "edgewise/delivery";

/** A batch that keeps its id and its events' over all attempts, so that the collector can tell a repetition. */
export interface Parcel {
  readonly id: string;
  /** The events as JSON texts with commas between. */
  readonly events: string;
  readonly count: number;
  /** By how much the clock that wrote the events' times is behind this one's. */
  readonly clockErrorMs: number;
}

/** Where the isolate's events go. */
export interface Sink {
  /** No parcel is larger, unless a single event is. */
  readonly mostBytes: number;
  /** One attempt; never throws. */
  send(parcel: Parcel): Promise<Outcome>;
}
