// Node, Deno and Bun read the file beside this one.
import { readFileSync } from "node:fs";
import { glue } from "#glue";
import { install } from "../engine.js";

install(glue, () => new WebAssembly.Module(readFileSync(new URL("./core.wasm", import.meta.url))));

export * from "../index.js";
