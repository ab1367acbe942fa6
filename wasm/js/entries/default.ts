// Any other environment gets the module inlined.
import { tools } from "#tools";
import bytes from "inline:core.wasm";
import { install } from "../engine.js";

install(() => new WebAssembly.Module(bytes), tools);

export * from "../index.js";
