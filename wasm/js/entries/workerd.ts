// Cloudflare's runtime forbids compiling at run time: the module is imported.
import { glue } from "#glue";
import module from "./core.wasm";
import { install } from "../engine.js";

install(glue, () => module);

export * from "../index.js";
