/** The demo itself, with fewer visitors: `make build` has to have run. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const DEMO = fileURLToPath(new URL("../demo.mjs", import.meta.url));

/** @param {number} visitors */
function start(visitors) {
  const demo = spawn(process.execPath, [DEMO, "--visitors", String(visitors)], { stdio: ["ignore", "pipe", "pipe"] });
  const said = { results: "", progress: "" };
  demo.stdout.setEncoding("utf8").on("data", (chunk) => (said.results += chunk));
  demo.stderr.setEncoding("utf8").on("data", (chunk) => (said.progress += chunk));
  return { demo, said, ended: once(demo, "close") };
}

/**
 * The ports that the demo named.
 *
 * @param {string} progress
 */
function urls(progress) {
  return [...progress.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([url]) => url);
}

/**
 * What was started answers no more, at the latest ten seconds from now: a collector may still be putting things on disk.
 *
 * @param {string} progress
 */
async function assertStopped(progress) {
  assert.equal(urls(progress).length, 2, progress);
  for (const url of urls(progress)) {
    for (let attempt = 0; await answers(url); attempt++) {
      assert.ok(attempt < 100, `${url} still answers`);
      await sleep(100);
    }
  }
}

/** @param {string} url */
const answers = (url) =>
  fetch(url).then(
    () => true,
    () => false,
  );

test("the demo ends with a table, the truth beside it, and nothing running", async () => {
  const { said, ended } = start(2_000);
  const [code] = await ended;
  assert.equal(code, 0, said.progress);
  assert.match(said.results, /signup/);
  assert.match(said.results, /signup +\+0\.0300 +[+−]\d\.\d{4} +[+−]\d\.\d{4} … [+−]\d\.\d{4} +(yes|no)/);
  assert.match(said.results, /revenue +\+2\.5000 /);
  assert.match(said.results, /What to try next/);
  await assertStopped(said.progress);
});

test("an interrupted demo leaves nothing running", async () => {
  const { demo, said, ended } = start(1_000_000);
  while (!/sending/.test(said.progress)) await sleep(50);
  demo.kill("SIGINT");
  const [code] = await ended;
  assert.equal(code, 130);
  assert.match(said.progress, /interrupted/);
  await assertStopped(said.progress);
});

test("a number of visitors that is none is refused", async () => {
  const demo = spawn(process.execPath, [DEMO, "--visitors", "many"], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  demo.stderr.setEncoding("utf8").on("data", (chunk) => (said += chunk));
  const [code] = await once(demo, "close");
  assert.equal(code, 2);
  assert.match(said, /--visitors takes a whole number above 0, not "many"/);
});
