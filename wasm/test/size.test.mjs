import assert from "node:assert/strict";
import { test } from "node:test";
import { measureSizes } from "../size.mjs";

/**
 * Bytes of module and JavaScript together: the design's budget for full by gzip and for lite by brotli. What is downloaded
 * apart has none, and stays where it is.
 */
const MOST = {
  full: { gzip: 40_960 },
  lite: { brotli: 10_240 },
  tools: { gzip: 115_000 },
  signature: { brotli: 480 },
};

test("a download is no larger than it may be", async () => {
  for (const sizes of await measureSizes()) {
    for (const [coding, most] of Object.entries(MOST[sizes.name])) {
      const { wasm, glue } = sizes[coding];
      assert.ok(wasm + glue <= most, `${sizes.name}: ${wasm} + ${glue} bytes by ${coding}, more than ${most}`);
    }
  }
});
