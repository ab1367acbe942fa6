/** The signature of a ruleset: its trailer, as `edgewise_core::format` lays it out. */
/** A mark of 8 bytes, the algorithm, and 64 bytes of Ed25519 (RFC 8032) over everything before. */
const TRAILER_BYTES = 80;
const SIGNATURE_BYTES = 64;
const MARK = "EDGESIGN\x01\0\0\0";

/** Holds the signature against the key, and says what is wrong with it: a code and a text. */
export async function verify(
  ruleset: Uint8Array<ArrayBuffer>,
  publicKey: string | Uint8Array,
): Promise<readonly [code: string, message: string] | undefined> {
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle) return ["no_web_crypto", "a signature takes WebCrypto to verify, which is not here"];
  const key = await importKey(subtle, publicKey);
  const signed = ruleset.subarray(0, -TRAILER_BYTES);
  const trailer = ruleset.subarray(-TRAILER_BYTES);
  if (!MARK.split("").every((letter, at) => trailer[at] === letter.charCodeAt(0))) {
    return ["unsigned", "the ruleset is not signed, and a public key was given: sign it with `edgewise`"];
  }
  if (!(await subtle.verify("Ed25519", key, trailer.subarray(-SIGNATURE_BYTES), signed))) {
    return ["bad_signature", "the ruleset was not signed with this key, or altered since"];
  }
  return undefined;
}

async function importKey(subtle: SubtleCrypto, key: string | Uint8Array): Promise<CryptoKey> {
  try {
    const bytes = typeof key === "string" ? decodeBase64(key) : key.slice();
    return await subtle.importKey("raw", bytes, "Ed25519", false, ["verify"]);
  } catch (cause) {
    throw new TypeError("publicKey takes 32 bytes, or their base64, and an environment that knows Ed25519", { cause });
  }
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
