import module from "./tools.wasm?module";
import { toolsFrom } from "./tools.js";

export const tools = toolsFrom(() => module);
