// Any other environment gets the module inlined.
import { glue } from "#glue";
import bytes from "inline:core.wasm";
import { install } from "../engine.js";

install(glue, () => new WebAssembly.Module(bytes));

export * from "../index.js";
