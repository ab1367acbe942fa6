// Browsers fetch the file beside this one; bundlers see the URL and ship the file.
import { tools } from "#tools";
import { install } from "../engine.js";

install(async () => {
  const response = await fetch(new URL("./core.wasm", import.meta.url));
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: the evaluator is not there`);
  // Not compileStreaming: it refuses what a server sends under another MIME type, and this file is small.
  return WebAssembly.compile(await response.arrayBuffer());
}, tools);

export * from "../index.js";
