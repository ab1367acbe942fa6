import { compile, Evaluator, initSync, linearMemory, replaceInstance } from "../../pkg/full/edgewise.js";
import type { Glue } from "./glue.js";

export const glue: Glue = { initSync, linearMemory, replaceInstance, Evaluator, compile };
