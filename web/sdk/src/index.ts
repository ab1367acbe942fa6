/**
 * Experiments in a web page. The ruleset is fetched once and evaluated in the page; what the page uses is told to the
 * collector as an exposure, once; what the visitor does is tracked. It does not change the page by itself.
 */
export { load, start } from "./load.js";
export { Page } from "./page.js";
export type { Source } from "./answering.js";
export type { ForcedLink, ForcedVariants } from "./forced.js";
export type { AnonymousOptions } from "./identity.js";
export type { LoadOptions } from "./options.js";
export type { Delivery, TrackingDetails } from "edgewise/delivery";
export type { Evaluations } from "./remote.js";
