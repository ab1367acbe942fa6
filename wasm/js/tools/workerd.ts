import module from "./tools.wasm";
import { toolsFrom } from "./tools.js";

export const tools = toolsFrom(() => module);
