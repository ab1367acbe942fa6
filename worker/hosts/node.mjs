#!/usr/bin/env node
// The worker on Node.js: variables come from the environment, PORT among them (default 8787).
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createWorker } from "../dist/portable/create.js";
import { context, settled } from "./context.mjs";

const worker = createWorker();

const server = createServer(async (incoming, outgoing) => {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  const { method = "GET", headers, url = "/" } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  const request = new Request(new URL(url, `http://${headers.host ?? "localhost"}`), {
    method,
    headers: Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((text) => [name, text])),
    signal: gone.signal,
    ...(hasBody && { body: Readable.toWeb(incoming), duplex: "half" }),
  });
  const response = await worker.fetch(request, process.env, context);
  outgoing.writeHead(response.status, [...response.headers].flat());
  // A client that leaves early is no failure.
  if (response.body) await pipeline(Readable.fromWeb(response.body), outgoing).catch(() => undefined);
  else outgoing.end();
});

server.listen(Number(process.env.PORT ?? 8787), process.env.HOST ?? "127.0.0.1", () => {
  const { address, port } = server.address();
  console.log(`listening on http://${address}:${port}`);
});

process.once("SIGTERM", async () => {
  server.close();
  server.closeAllConnections();
  await settled();
  process.exit(0);
});
