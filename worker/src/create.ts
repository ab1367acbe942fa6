/** For entries of one's own, which bring a ruleset along: `export default createWorker({ ruleset })`. */
export { EventOutbox } from "./objects/outbox.js";
export { StickyRecords } from "./objects/sticky.js";
export { Turns } from "./objects/turns.js";
export { createWorker } from "./worker.js";
export type { Worker, WorkerOptions } from "./worker.js";
