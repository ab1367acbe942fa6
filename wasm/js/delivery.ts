/**
 * Getting events to a collector, by rules that every host goes by: what an event and a request look like, what an answer
 * means, when to try again, and which exposures were told already. Where events wait is each host's own.
 */
export { backoffMs } from "./delivery/backoff.js";
export type { Backoff } from "./delivery/backoff.js";
export { afterError, bodyOf, deliver } from "./delivery/attempt.js";
export type { Outcome } from "./delivery/attempt.js";
export { eventOf } from "./delivery/event.js";
export type { TrackingDetails } from "./delivery/event.js";
export { Redelivery } from "./delivery/redelivery.js";
export type { Delivery, Outgoing } from "./delivery/redelivery.js";
export { exposureKey, ExposureWindow } from "./delivery/window.js";
