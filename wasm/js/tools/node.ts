import { readModule } from "../file.js";
import { toolsFrom } from "./tools.js";

export const tools = toolsFrom(() => readModule(new URL("./tools.wasm", import.meta.url)));
