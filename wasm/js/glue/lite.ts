import { Evaluator, initSync, linearMemory, replaceInstance } from "../../pkg/lite/edgewise.js";
import type { Glue } from "./glue.js";

export const glue: Glue = { initSync, linearMemory, replaceInstance, Evaluator };
