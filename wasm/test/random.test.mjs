// The package answers random questions as native code does: vectors/README.md says which, and how to ask more.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Edgewise } from "edgewise";
import { onBuiltPage } from "./page.mjs";
import { answerAll } from "./random/answers.mjs";
import { SipHash128 } from "./random/siphash.mjs";
import { inWorkerd } from "./workerd.mjs";

const EVALUATIONS = Number(process.env.EVALUATIONS ?? 20_000);
const DOCUMENTS = 300;
/** How many documents go to workerd and to Chromium at once. */
const SLICE = 10;

const root = new URL("../../", import.meta.url);
const plan = JSON.parse(run("python3", ["vectors/random_plan.py", String(DOCUMENTS)]));
const native = JSON.parse(run("cargo", [...example(), String(EVALUATIONS)], JSON.stringify(plan)));
const contexts = native[0].contexts;

test("the digest is SipHash-2-4 of 128 bits", () => {
  const published = JSON.parse(readFileSync(new URL("vectors/siphash.json", root), "utf8"));
  const key = new Uint8Array(Buffer.from(published.key, "hex"));
  published.siphash_2_4_128.forEach((expected, length) => {
    for (const size of [1, 5, 64]) {
      const hash = new SipHash128(key);
      for (let at = 0; at < length; at += size) hash.writeBytes(upTo(length).slice(at, at + size));
      assert.equal(hash.finish(), expected);
    }
  });
});

test("the plan asks enough, and its answers differ", () => {
  const evaluations = native.reduce((sum, document) => sum + document.evaluations, 0);
  assert.ok(evaluations >= EVALUATIONS, `${evaluations} evaluations`);
  assert.equal(native.length, DOCUMENTS);
  assert.ok(new Set(native.map(({ answers }) => answers)).size > DOCUMENTS * 0.9);
});

test("Node answers random questions as native code does", () => {
  sameAnswers(0, answerAll(Edgewise, plan, 0, contexts));
});

test("workerd answers random questions as native code does", async () => {
  const program = `
    import { Edgewise } from "edgewise";
    import { answerAll } from "./random/answers.mjs";
    export default {
      async fetch(request) {
        const { plan, first, contexts } = await request.json();
        return Response.json(answerAll(Edgewise, plan, first, contexts));
      },
    };`;
  await inWorkerd(program, new URL(".", import.meta.url), async (send) => {
    for (const slice of slices()) sameAnswers(slice.first, await send(slice));
  });
});

test("Chromium answers random questions as native code does", async () => {
  const program = `
    import { Edgewise } from "edgewise";
    import { answerAll } from "./random/answers.mjs";
    globalThis.answer = async ({ plan, first, contexts }) =>
      answerAll((await Edgewise.ready({ tools: true }), Edgewise), plan, first, contexts);`;
  await onBuiltPage(program, "answer", async (page) => {
    for (const slice of slices()) sameAnswers(slice.first, await page.evaluate((slice) => globalThis.answer(slice), slice));
  });
});

/** The first document's number tells its generator's seed. */
function* slices() {
  for (let first = 0; first < DOCUMENTS; first += SLICE) {
    yield { plan: { ...plan, documents: plan.documents.slice(first, first + SLICE) }, first, contexts };
  }
}

function sameAnswers(first, answers) {
  answers.forEach((answer, index) => assert.deepEqual(answer, native[first + index], `document ${first + index}`));
}

function upTo(length) {
  return Uint8Array.from({ length }, (_, index) => index);
}

/** Unoptimised code answers the usual number sooner than optimised code is built. */
function example() {
  const optimised = EVALUATIONS > 1_000_000 ? ["--release"] : [];
  return ["run", "--quiet", "--locked", ...optimised, "-p", "edgewise-core", "--all-features", "--example", "random_evaluations", "--"];
}

function run(command, parameters, input = "") {
  const { status, stdout, error } = spawnSync(command, parameters, {
    cwd: root,
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (error) throw error;
  assert.equal(status, 0, `${command} ${parameters.join(" ")} failed`);
  return stdout;
}
