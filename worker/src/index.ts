/** The worker as Cloudflare's runtime takes it: its entry, and the classes of its Durable Objects. */
import { createWorker } from "./worker.js";

export { EventOutbox } from "./objects/outbox.js";
export { StickyRecords } from "./objects/sticky.js";
export { Turns } from "./objects/turns.js";

export default createWorker();
