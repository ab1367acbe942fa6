/** The script-tag build: `window.edgewise` with what the package exports. */
import { load, Page, start } from "./index.js";

Object.assign(globalThis, { edgewise: { load, start, Page } });
