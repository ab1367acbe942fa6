import { readFileSync } from "node:fs";
import { toolsFrom } from "./tools.js";

export const tools = toolsFrom(() => new WebAssembly.Module(readFileSync(new URL("./tools.wasm", import.meta.url))));
