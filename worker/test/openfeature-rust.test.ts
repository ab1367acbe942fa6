/** An unmodified OpenFeature client in another language: the SDK and the OFREP provider for Rust, as crates.io has them. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { until } from "./asking.js";
import { rulesetBytes, userIn } from "./ruleset.js";
import { acknowledging, batchIn, ScriptedServer, servingRuleset } from "./server.js";

const MANIFEST = fileURLToPath(new URL("../../test/ofrep-rust/Cargo.toml", import.meta.url));

interface Question {
  readonly flag: string;
  readonly expects: "boolean" | "integer" | "float" | "string" | "object";
  readonly targetingKey?: string;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

/** A value with its variant, or why there is none: this client has no defaults, the code that asks brings its own. */
interface Answer {
  readonly value?: unknown;
  readonly variant?: string | null;
  readonly errorCode?: string;
}

/** A process that asks one question after the other, all by the same SDK. */
class RustClient {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const args = ["run", "--quiet", "--locked", "--manifest-path", MANIFEST];
    this.#child = spawn("cargo", args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(url: string, question: Question): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify({ url, ...question })}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error("the client ended before it answered");
    return JSON.parse(value) as Answer;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdin.end();
    await ended;
  }
}

const skip = spawnSync("cargo", ["--version"]).error ? "there is no cargo here to build the Rust client with" : false;

describe("the Rust client", { skip }, () => {
  let control: ScriptedServer;
  let collector: ScriptedServer;
  let worker: LocalWorker;
  let client: RustClient;

  const treated = { targetingKey: userIn("treatment"), attributes: { country: "IN" } };
  const color = { flag: "checkout.color", expects: "string" } as const;
  const ask = (question: Question): Promise<Answer> => client.ask(worker.url, question);

  before(async () => {
    control = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
    collector = await new ScriptedServer(acknowledging).start();
    worker = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: collector.url });
    client = new RustClient();
  });

  after(async () => {
    await client.stop();
    await worker.stop();
    await control.stop();
    await collector.stop();
  });

  test("values of each type, with their variant", async () => {
    const variant = "treatment";
    assert.deepEqual(await ask({ ...color, ...treated }), { value: "green", variant });
    assert.deepEqual(await ask({ ...treated, flag: "checkout.express", expects: "boolean" }), { value: true, variant });
    assert.deepEqual(await ask({ ...treated, flag: "checkout.steps", expects: "integer" }), { value: 2, variant });
    assert.deepEqual(await ask({ ...treated, flag: "checkout.steps", expects: "float" }), { value: 2, variant });
    const layout = await ask({ ...treated, flag: "checkout.layout", expects: "object" });
    assert.deepEqual(layout, { value: { columns: 2 }, variant });
  });

  test("a rule, a default and a paused experiment", async () => {
    const rule = await ask({ flag: "banner", expects: "boolean", attributes: { plan: "pro" } });
    assert.equal(rule.value, true);
    const paused = await ask({ ...treated, flag: "search.ranking", expects: "string" });
    assert.equal(paused.value, "old");
  });

  test("another context is another answer, by the same client", async () => {
    const control = { targetingKey: userIn("control"), attributes: { country: "US" } };
    assert.deepEqual(await ask({ ...color, ...control }), { value: "grey", variant: "control" });
    const elsewhere = await ask({ ...color, ...treated, attributes: { country: "FR" } });
    assert.deepEqual([elsewhere.value, elsewhere.variant], ["blue", null]);
    assert.equal((await ask({ ...color, ...treated })).value, "green");
  });

  test("errors are no values", async () => {
    assert.equal((await ask({ ...treated, flag: "nope", expects: "string" })).errorCode, "FLAG_NOT_FOUND");
    // The client's own words: a value of another type it cannot parse, and whatever the answer 400 says is the context's fault.
    for (const expects of ["boolean", "integer", "object"] as const) {
      const mismatch = await ask({ ...treated, flag: "checkout.color", expects });
      assert.deepEqual([mismatch.value, mismatch.errorCode], [undefined, "PARSE_ERROR"], expects);
    }
    const keyless = await ask({ ...color, attributes: { country: "IN" } });
    assert.deepEqual([keyless.value, keyless.errorCode], [undefined, "INVALID_CONTEXT"]);
    const tooLong = await ask({ ...color, ...treated, targetingKey: "é".repeat(600) });
    assert.deepEqual([tooLong.value, tooLong.errorCode], [undefined, "INVALID_CONTEXT"]);
  });

  test("a worker without a ruleset is an error", async () => {
    const cold = await startWorker({ CONTROL_URL: "http://127.0.0.1:9", COLLECTOR_URL: collector.url });
    try {
      const answer = await client.ask(cold.url, { flag: "banner", expects: "boolean" });
      assert.deepEqual([answer.value, answer.errorCode], [undefined, "PARSE_ERROR"]);
    } finally {
      await cold.stop();
    }
  });

  test("a worker that is away is an error at once, and answers when it is back", async () => {
    const gate = new ScriptedServer(async ({ method, path, body }) => {
      const answer = await fetch(`${worker.url}${path}`, { method, headers: { "content-type": "application/json" }, body });
      return { status: answer.status, headers: { "content-type": "application/json" }, body: await answer.text() };
    });
    await gate.start();
    assert.equal((await client.ask(gate.url, { ...color, ...treated })).value, "green");
    await gate.stop();
    const offline = await client.ask(gate.url, { ...color, ...treated });
    assert.equal(offline.value, undefined);
    assert.match(offline.errorCode ?? "", /^Failed to resolve/);
    await gate.start();
    assert.equal((await client.ask(gate.url, { ...color, ...treated })).value, "green");
    const elsewhere = await client.ask(gate.url, { ...color, ...treated, attributes: { country: "FR" } });
    assert.equal(elsewhere.value, "blue");
    await gate.stop();
  });

  test("evaluating exposes once a user and experiment", async () => {
    const [user, last] = [userIn("treatment", 1), userIn("treatment", 2)];
    for (const targetingKey of [user, user, last]) await ask({ ...color, targetingKey, attributes: { country: "IN" } });
    const exposed = (): (string | undefined)[] =>
      collector.seen.flatMap((request) => batchIn(request).events).map(({ units }) => units.user);
    await until("the exposures", () => exposed().includes(last));
    assert.equal(exposed().filter((unit) => unit === user).length, 1);
  });
});
