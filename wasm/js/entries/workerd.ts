// Cloudflare's runtime forbids compiling at run time: the module is imported.
import { tools } from "#tools";
import module from "./core.wasm";
import { install } from "../engine.js";

install(() => module, tools);

export * from "../index.js";
