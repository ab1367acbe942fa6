/** The script of most pages that the tests open. */
import * as edgewise from "../../src/index.js";

Object.assign(globalThis, { edgewise });
