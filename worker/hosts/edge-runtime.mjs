#!/usr/bin/env node
// The worker as a script of Vercel's `edge-runtime`, which gives it the web's interfaces and none of Node.js: variables
// come from the environment. Nothing is compiled in the script, neither text nor WebAssembly.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EdgeRuntime, runServer } from "edge-runtime";

const script = readFileSync(new URL("../dist/portable/service-worker.js", import.meta.url), "utf8");
const module = new WebAssembly.Module(readFileSync(fileURLToPath(import.meta.resolve("edgewise/core.wasm"))));

const runtime = new EdgeRuntime({
  initialCode: script,
  codeGeneration: { strings: false, wasm: false },
  extend: (context) => Object.assign(context, process.env, { EDGEWISE_WASM: module }),
});
const { PORT = 8787, HOST = "127.0.0.1" } = process.env;
const server = await runServer({ runtime, port: Number(PORT), host: HOST });
console.log(`listening on ${server.url}`);

process.once("SIGTERM", async () => {
  await server.waitUntil();
  process.exit(0);
});
