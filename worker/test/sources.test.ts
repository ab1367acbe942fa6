/** Rulesets out of a store, rulesets deployed with the worker, and rulesets that must be signed. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { flags, post, until } from "./asking.js";
import { rulesetBytes } from "./ruleset.js";
import { acknowledging, ScriptedServer, servingRuleset } from "./server.js";

let control: ScriptedServer;
let collector: ScriptedServer;

before(async () => {
  control = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
  collector = await new ScriptedServer(acknowledging).start();
});

beforeEach(() => {
  control.behaviour = servingRuleset(rulesetBytes(), '"one"');
});

after(async () => {
  await control.stop();
  await collector.stop();
});

/** The value of the flag `banner`, which tells the rulesets apart; undefined where there is none. */
async function banner(worker: LocalWorker): Promise<unknown> {
  const response = await post(flags(worker.url, "banner"), { context: { targetingKey: "u_1" } });
  return ((await response.json()) as { value?: unknown }).value;
}

async function problemOf(worker: LocalWorker): Promise<string | null> {
  return ((await (await fetch(`${worker.url}/healthz`)).json()) as { problem: string | null }).problem;
}

interface Store {
  put(key: string, value: ArrayBuffer | string): Promise<void>;
}

test("a ruleset comes out of a store, and the next one without deploying anew", async () => {
  const variables = { COLLECTOR_URL: collector.url, RULESET_REFRESH_SECONDS: "1", RULESET_KEY: "shop" };
  const worker = await startWorker(variables, undefined, { kvNamespaces: ["RULESETS"] });
  try {
    assert.equal(await banner(worker), undefined);
    assert.match((await problemOf(worker)) ?? "", /RULESETS holds nothing at the key "shop"/);
    const store = (await worker.runtime.getKVNamespace("RULESETS")) as unknown as Store;
    await store.put("shop", rulesetBytes().buffer);
    await until("the first ruleset", async () => (await banner(worker)) === false);
    await store.put("shop", "no ruleset");
    await until("the problem to show", async () => (await problemOf(worker)) !== null);
    assert.equal(await banner(worker), false, "the last good one stays");
    await store.put("shop", rulesetBytes(true).buffer);
    await until("the next ruleset", async () => (await banner(worker)) === true);
  } finally {
    await worker.stop();
  }
});

/** An entry like the one that the guide shows, with the ruleset as a module of its own. */
function entryWith(ruleset: Uint8Array): Parameters<typeof startWorker>[3] {
  const dist = fileURLToPath(new URL("../", import.meta.url));
  const contents = `
    import ruleset from "./shop.edgewise";
    import { createWorker } from "./create.js";
    export default createWorker({ ruleset });
  `;
  return [
    { type: "ESModule", path: `${dist}entry.js`, contents },
    { type: "Data", path: `${dist}shop.edgewise`, contents: ruleset },
  ];
}

test("a ruleset that was deployed with the worker answers at once, and gives way to the control server's", async () => {
  control.behaviour = () => new Promise(() => undefined);
  const variables = { CONTROL_URL: control.url, COLLECTOR_URL: collector.url, RULESET_REFRESH_SECONDS: "1" };
  const worker = await startWorker(variables, undefined, {}, entryWith(rulesetBytes()));
  try {
    assert.equal(await banner(worker), false, "although the control server hangs");
  } finally {
    await worker.stop();
  }
  control.behaviour = servingRuleset(rulesetBytes(true), '"two"');
  const next = await startWorker(variables, undefined, {}, entryWith(rulesetBytes()));
  try {
    await until("the control server's ruleset", async () => (await banner(next)) === true);
  } finally {
    await next.stop();
  }
});

test("a ruleset that was deployed with the worker is enough", async () => {
  const worker = await startWorker({ COLLECTOR_URL: collector.url }, undefined, {}, entryWith(rulesetBytes(true)));
  try {
    assert.equal(await banner(worker), true);
    assert.equal(await banner(worker), true);
    assert.equal(await problemOf(worker), null);
  } finally {
    await worker.stop();
  }
});

/** Signs as `edgewise` does: `edgewise_core::format` has the layout. */
async function newSigner(): Promise<{ publicKey: string; sign: (bytes: Uint8Array) => Promise<Uint8Array> }> {
  const { subtle } = crypto;
  const pair = (await subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const publicKey = Buffer.from(await subtle.exportKey("raw", pair.publicKey)).toString("base64");
  const sign = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const signature = await subtle.sign("Ed25519", pair.privateKey, new Uint8Array(bytes));
    return Buffer.concat([bytes, Buffer.from("EDGESIGN\x01\0\0\0\0\0\0\0", "latin1"), new Uint8Array(signature)]);
  };
  return { publicKey, sign };
}

test("with a public key only rulesets that it signed are taken", async () => {
  const [ours, another] = [await newSigner(), await newSigner()];
  control.behaviour = servingRuleset(rulesetBytes(), '"unsigned"');
  const worker = await startWorker({
    CONTROL_URL: control.url,
    COLLECTOR_URL: collector.url,
    RULESET_REFRESH_SECONDS: "1",
    RULESET_PUBLIC_KEY: ours.publicKey,
  });
  try {
    assert.equal(await banner(worker), undefined);
    assert.match((await problemOf(worker)) ?? "", /not signed/);
    control.behaviour = servingRuleset(await ours.sign(rulesetBytes()), '"ours"');
    await until("the signed ruleset", async () => (await banner(worker)) === false);
    control.behaviour = servingRuleset(await another.sign(rulesetBytes(true)), '"another"');
    await until("the refusal", async () => /not signed with this key/.test((await problemOf(worker)) ?? ""));
    assert.equal(await banner(worker), false);
    control.behaviour = servingRuleset(await ours.sign(rulesetBytes(true)), '"next"');
    await until("the next one", async () => (await banner(worker)) === true);
  } finally {
    await worker.stop();
  }
});
