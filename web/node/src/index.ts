/**
 * Experiments in Node: work is run under a variant and measured, flags are used, and what happened is told to the
 * collector.
 */
export { Client, load } from "./client.js";
export type { LoadOptions } from "./client.js";
export type { Delivery, TrackingDetails } from "edgewise/delivery";
export type { Measures, Run } from "./run.js";
export { Visitor } from "./visitor.js";
