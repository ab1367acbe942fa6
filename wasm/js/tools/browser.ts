import { fetchModule } from "../fetch.js";
import { toolsFrom } from "./tools.js";

export const tools = toolsFrom(() => fetchModule(new URL("./tools.wasm", import.meta.url)));
