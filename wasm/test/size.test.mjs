import assert from "node:assert/strict";
import { test } from "node:test";
import { measureSizes } from "../size.mjs";

/**
 * Bytes of module and JavaScript together. The design's budget is 40,960 for full by gzip, and 10,240 for lite by
 * brotli, to which lite is on the way; tools has none. Lower what is above its budget, never raise anything.
 */
const MOST = { full: { gzip: 40_960 }, lite: { brotli: 13_200 }, tools: { gzip: 123_000 } };

test("a download is no larger than it may be", async () => {
  for (const sizes of await measureSizes()) {
    for (const [coding, most] of Object.entries(MOST[sizes.name])) {
      const { wasm, glue } = sizes[coding];
      assert.ok(wasm + glue <= most, `${sizes.name}: ${wasm} + ${glue} bytes by ${coding}, more than ${most}`);
    }
  }
});
