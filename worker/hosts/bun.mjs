// The worker on Bun: `bun hosts/bun.mjs`. Variables come from the environment.
import { createWorker } from "../dist/portable/create.js";
import { context, settled } from "./context.mjs";

const worker = createWorker();

const server = Bun.serve({
  port: Number(process.env.PORT ?? 8787),
  hostname: process.env.HOST ?? "127.0.0.1",
  // A stream of new rulesets is quiet for longer than Bun waits by default.
  idleTimeout: 60,
  fetch: (request) => worker.fetch(request, process.env, context),
});
console.log(`listening on http://${server.hostname}:${server.port}`);

process.once("SIGTERM", async () => {
  await server.stop();
  await settled();
  process.exit(0);
});
