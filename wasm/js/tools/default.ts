import bytes from "inline:tools.wasm";
import { toolsFrom } from "./tools.js";

export const tools = toolsFrom(() => new WebAssembly.Module(bytes));
