/** The script of the page that the tests open. */
import { load } from "../src/index.js";

Object.assign(globalThis, { load });
