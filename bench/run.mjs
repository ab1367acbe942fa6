// Measures assignment through the npm package beside other people's: see README.md.
//
//   npm start -- [PART…] [--rounds 9] [--only NAME,NAME] [--date 2026-01-31]
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { checkAgreement } from "./agreement.mjs";
import { chosenNames, readContender } from "./contenders.mjs";
import { machine, versions } from "./machine.mjs";
import { table } from "./table.mjs";
import { judge } from "./targets.mjs";

const PARTS = ["speed", "load", "startup", "memory", "size"];
const RESULTS = new URL("results/", import.meta.url);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "9" },
    only: { type: "string" },
    date: { type: "string" },
  },
});

await main(positionals.length > 0 ? positionals : PARTS, values);
// Some clients keep timers or threads after they were closed.
process.exit();

async function main(parts, { rounds, only, date }) {
  const options = { rounds: wholeNumber(rounds) };
  for (const part of parts) {
    if (!PARTS.includes(part)) throw new Error(`there is no part ${part}; there are ${PARTS.join(", ")}`);
  }
  const contenders = await Promise.all(chosenNames(only?.split(",")).map(readContender));
  for (const contender of contenders) await checkAgreement(contender);
  console.log(`${contenders.length} contenders agree who is targeted`);

  const results = {};
  for (const part of parts) {
    const { title, measure } = await import(`./parts/${part}.mjs`);
    console.log(`\n== ${title}`);
    results[part] = await measure(contenders, options);
    save(part, { date: date ?? null, machine: machine(), versions: versions(), ...options, figures: results[part] });
  }
  report(judge(results));
}

function save(part, result) {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(new URL(`${part}.json`, RESULTS), `${JSON.stringify(result, null, 2)}\n`);
}

function report(verdicts) {
  const rows = verdicts.map(({ figure, reached, target, verdict }) => [figure, reached, target, verdict]);
  console.log(`\n== Targets\n\n${table(["", "measured", "target", ""], rows)}`);
}

function wholeNumber(text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--rounds takes a whole number from 1, not ${text}`);
  return number;
}
