// Node, Deno and Bun read the file beside this one.
import { tools } from "#tools";
import { install } from "../engine.js";
import { readModule } from "../file.js";

install(() => readModule(new URL("./core.wasm", import.meta.url)), tools);

export * from "../index.js";
