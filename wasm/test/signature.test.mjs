// Signing is `edgewise`'s; here WebCrypto signs, so that two implementations have to agree on what is signed.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Edgewise, RulesetError } from "edgewise";
import { NOW, SHOP } from "./fixture.mjs";

const { subtle } = globalThis.crypto;
const bytes = Edgewise.compile(SHOP);
let signed, publicKey, otherKey;

before(async () => {
  const newKeys = async () => {
    const { privateKey, publicKey } = await subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    return [privateKey, new Uint8Array(await subtle.exportKey("raw", publicKey))];
  };
  let privateKey;
  [privateKey, publicKey] = await newKeys();
  [, otherKey] = await newKeys();
  const signature = new Uint8Array(await subtle.sign("Ed25519", privateKey, bytes));
  signed = new Uint8Array([...bytes, ...new TextEncoder().encode("EDGESIGN"), 1, 0, 0, 0, 0, 0, 0, 0, ...signature]);
});

const refused = (given, key, code) =>
  assert.rejects(Edgewise.load(given, { publicKey: key }), (error) => {
    assert.ok(error instanceof RulesetError, String(error));
    assert.equal(error.code, code);
    return true;
  });

test("what was signed with the key is loaded, and is the same ruleset", async () => {
  const base64 = Buffer.from(publicKey).toString("base64");
  for (const key of [publicKey, base64]) {
    const edgewise = await Edgewise.load(signed, { publicKey: key });
    assert.equal(edgewise.digest, Edgewise.loadSync(bytes).digest);
    assert.equal(edgewise.context({ user: "u" }, { now: NOW }).variant("checkout").reason, "assigned");
  }
});

test("without a key a signature is carried and not looked at", async () => {
  assert.equal((await Edgewise.load(signed)).digest, Edgewise.loadSync(signed).digest);
});

test("what is not signed, was altered or signed by somebody else is refused", async () => {
  await refused(bytes, publicKey, "unsigned");
  await refused(new Uint8Array(0), publicKey, "unsigned");
  await refused(signed, otherKey, "bad_signature");
  for (const at of [0, 20, bytes.length - 1, signed.length - 1]) {
    const altered = signed.slice();
    altered[at] ^= 1;
    await refused(altered, publicKey, "bad_signature");
  }
  const otherMark = signed.slice();
  otherMark[bytes.length + 8] = 2;
  await refused(otherMark, publicKey, "unsigned");
});

test("the signature is looked at before the bytes are", async () => {
  const nonsense = signed.slice().fill(0, 0, 64);
  await refused(nonsense, publicKey, "bad_signature");
});

test("what is no key is said so", async () => {
  for (const key of ["", "?", new Uint8Array(31)]) {
    await assert.rejects(Edgewise.load(signed, { publicKey: key }), { name: "TypeError", message: /32 bytes/ });
  }
});

test("where WebCrypto is missing a key loads nothing", async () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
  try {
    await refused(signed, publicKey, "no_web_crypto");
  } finally {
    Object.defineProperty(globalThis, "crypto", own);
  }
});

test("loading at once takes no key, because verifying takes time", () => {
  assert.throws(() => Edgewise.loadSync(signed, { publicKey }), { name: "TypeError", message: /await/ });
});
