// Vercel's edge runtime forbids compiling at run time: the module is imported.
import { tools } from "#tools";
import module from "./core.wasm?module";
import { install } from "../engine.js";

install(() => module, tools);

export * from "../index.js";
