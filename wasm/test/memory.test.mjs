import assert from "node:assert/strict";
import { test } from "node:test";
import { captureMemories } from "./instances.mjs";

const memories = captureMemories();
const { Edgewise } = await import("edgewise");
const { NOW, SHOP } = await import("./fixture.mjs");

const size = () => memories.at(-1).buffer.byteLength;

test("a million evaluations leave the memory as large as it was", () => {
  const edgewise = Edgewise.loadSync(Edgewise.compile(SHOP));
  const ask = (number) => {
    const values = { user: `u_${number}`, country: number % 2 ? "IN" : "US", app: { version: "é".repeat(number % 50) } };
    return edgewise.context(values, { now: NOW });
  };
  ask(0).assignments();
  const before = size();
  let assigned = 0;
  for (let number = 0; number < 1_000_000; number += 4) {
    if (ask(number).variant("checkout").variant) assigned++;
    ask(number + 1).variant("rag_timing");
    ask(number + 2).assignments();
    ask(number + 3).get("rag.strategy", "");
  }
  assert.equal(assigned, 250_000);
  assert.equal(size(), before);
});

test("answers stay right while another ruleset makes the memory grow", () => {
  const edgewise = Edgewise.loadSync(Edgewise.compile(SHOP));
  const context = edgewise.context({ user: "u_42", country: "IN", app: { version: "1" } }, { now: NOW });
  const before = context.assignments();
  const [earlier, wide] = [size(), Edgewise.loadSync(Edgewise.compile(SHOP))];
  wide.context({ user: "u", country: "x".repeat(4_000_000) }).assignments();
  assert.ok(size() > earlier);
  assert.deepEqual(context.assignments(), before);
  assert.deepEqual(context.variant("rag_timing"), before[2]);
  wide.free();
});

test("rulesets that nobody holds any more leave room for others", async () => {
  const bytes = Edgewise.compile(SHOP);
  const before = process.memoryUsage().rss;
  // Every instance takes about 10 GiB of addresses, and a process has 128 TiB: without collection they would not fit.
  for (let count = 0; count < 20_000; count++) {
    Edgewise.loadSync(bytes).context({ user: "u" }).variant("checkout");
    memories.length = 0;
    if (count % 500 === 0) await new Promise(setImmediate);
  }
  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < 256 * 1024 * 1024, `${grown} bytes more`);
});

test("a ruleset that was freed says so", () => {
  const edgewise = Edgewise.loadSync(Edgewise.compile(SHOP));
  const context = edgewise.context({ user: "u" });
  context.variant("checkout");
  edgewise.free();
  edgewise.free();
  assert.throws(() => context.variant("checkout"), { message: "this ruleset was freed or damaged: load it again" });
});

test("the memory is small: no default stack of a mebibyte", async () => {
  const { Edgewise: Lite } = await import("edgewise/lite");
  Lite.loadSync(Edgewise.compile(SHOP)).context({ user: "u" }).assignments();
  assert.ok(size() <= 256 * 1024, `${size()} bytes`);
});
