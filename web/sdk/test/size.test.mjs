import assert from "node:assert/strict";
import { test } from "node:test";
import { measureSizes } from "../size.mjs";

/** Bytes by brotli: JavaScript, the small evaluator and its module, all that a page downloads before it is asked. */
const MOST = 16 * 1024;

test("a page downloads no more than it may", async () => {
  const { page } = await measureSizes();
  assert.ok(page.total <= MOST, `${page.javascript} + ${page.wasm} bytes by brotli, more than ${MOST}`);
  // Less than this would be a measurement of something else.
  assert.ok(page.javascript > 5_000 && page.wasm > 4_000);
});
