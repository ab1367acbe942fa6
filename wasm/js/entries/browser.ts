// Browsers fetch the files beside this one; bundlers see the URLs and ship the files.
import { tools } from "#tools";
import { install } from "../engine.js";
import { fetchModule } from "../fetch.js";

install(() => fetchModule(new URL("./core.wasm", import.meta.url)), tools);

export * from "../index.js";
