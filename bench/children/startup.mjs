// One start: startup.mjs MODULE CONFIGURATION EXPERIMENT. Reading the configuration is not timed: everybody has to.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { TARGETING } from "../experiments.mjs";

const [module, configurationFile, experiment] = process.argv.slice(2);
const content = readFileSync(configurationFile);
const text = content.toString();
const url = pathToFileURL(module).href;

const began = performance.now();
const contender = await import(url);
const imported = performance.now();
const client = await contender.open(contender.bytes ? content : text);
const opened = performance.now();
const subject = client.subject("5f0c6a52-2b8f-4d4e-9a62-0f6f6b1f7c11", TARGETING.countries[0], 30, TARGETING.plan);
const variant = client.variantOf(await client.one(subject, experiment));
const answered = performance.now();

if (variant === null) throw new Error(`${experiment} gave no variant`);
const times = { import: imported - began, open: opened - imported, answer: answered - opened, total: answered - began };
console.log(JSON.stringify(times));
process.exit();
