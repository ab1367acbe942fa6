// Node, Deno and Bun read the file beside this one.
import { readFileSync } from "node:fs";
import { tools } from "#tools";
import { install } from "../engine.js";

install(() => new WebAssembly.Module(readFileSync(new URL("./core.wasm", import.meta.url))), tools);

export * from "../index.js";
