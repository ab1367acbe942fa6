// The worker on Deno: `deno run --allow-net --allow-env --allow-read hosts/deno.mjs`. Variables come from the environment.
import { createWorker } from "../dist/portable/create.js";
import { context, settled } from "./context.mjs";

const worker = createWorker();
const environment = Deno.env.toObject();

const server = Deno.serve(
  {
    port: Number(environment.PORT ?? 8787),
    hostname: environment.HOST ?? "127.0.0.1",
    onListen: ({ hostname, port }) => console.log(`listening on http://${hostname}:${port}`),
  },
  (request) => worker.fetch(request, environment, context),
);

Deno.addSignalListener("SIGTERM", async () => {
  void server.shutdown();
  await settled();
  Deno.exit(0);
});
