// What one contender holds on to: memory.mjs NAME SMALL LARGE EXPERIMENT EVALUATIONS. It loads the configuration SMALL,
// so that its own code is there and compiled, then LARGE, then asks LARGE for EXPERIMENT so many times.
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { contenderFile } from "../contenders.mjs";
import { makeUnits } from "../units.mjs";
import { watchMemories } from "./memories.mjs";

const UNITS = 1_000;
const COLLECTIONS = 4;
const PAUSE_MILLISECONDS = 20;

const [name, small, large, experiment, evaluations] = process.argv.slice(2);
const wasmBytes = watchMemories();
const { users, countries, ages, plans } = makeUnits(UNITS, 1);

const empty = await held();
const contender = await import(contenderFile(name));
const code = await open(small);
const loaded = await held();
const client = await open(large);
const full = await held();
for (let call = UNITS; call < Number(evaluations); call++) await ask(client, call % UNITS);
const asked = await held();

// Named last, so that neither can be collected before it was weighed.
const kept = [code, client].length;
console.log(JSON.stringify({ kept, empty, loaded, full, asked }));
process.exit();

/** A client that has answered. */
async function open(file) {
  const client = await contender.open(contender.bytes ? readFileSync(file) : readFileSync(file, "utf8"));
  for (let unit = 0; unit < UNITS; unit++) await ask(client, unit);
  await client.all(subjectOf(client, 0));
  return client;
}

async function ask(client, unit) {
  return client.variantOf(await client.one(subjectOf(client, unit), experiment));
}

function subjectOf(client, unit) {
  return client.subject(users[unit], countries[unit], ages[unit], plans[unit]);
}

/** Bytes after collecting: JavaScript's objects; what lies outside its heap; of that WebAssembly; the whole process. */
async function held() {
  for (let collection = 0; collection < COLLECTIONS; collection++) {
    globalThis.gc();
    await wait(PAUSE_MILLISECONDS);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed, external, wasm: wasmBytes(), resident: rss };
}
