/**
 * Experiments in a web page. The ruleset is fetched once and evaluated in the page; what the page uses is told to the
 * collector as an exposure, once; what the visitor does is tracked.
 *
 * It does not store anything on the device, does not make up ids of visitors, and does not change the page by itself.
 */
export { load, Page } from "./page.js";
export type { LoadOptions, TrackingDetails } from "./page.js";
export type { Delivery } from "./queue.js";
