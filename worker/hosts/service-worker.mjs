// The worker for hosts that run a script, as service workers are written, with variables as globals. `npm run build`
// makes dist/portable/service-worker.js of it. EDGEWISE_WASM is `edgewise/core.wasm`, compiled, for hosts that compile
// nothing while they run; others go without.
import { createWorker } from "../src/create.js";

const worker = createWorker({ module: globalThis.EDGEWISE_WASM });

addEventListener("fetch", (event) => {
  event.respondWith(worker.fetch(event.request, globalThis, event));
});
