/** Secrets: keys that requests show, and texts that only this worker can have signed. */

/** The key of a request: `Authorization: Bearer …`, or else `X-API-Key`; undefined where it shows none. */
export function keyOf(request: Request): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return bearer ?? request.headers.get("x-api-key") ?? undefined;
}

/** Whether the key is one of these. How long that takes tells nothing of them but their lengths. */
export function isOneOf(keys: readonly string[], given: string): boolean {
  let found = false;
  for (const key of keys) found = isEqual(key, given) || found;
  return found;
}

function isEqual(key: string, given: string): boolean {
  let difference = key.length ^ given.length;
  for (let at = 0; at < given.length; at++) difference |= given.charCodeAt(at) ^ key.charCodeAt(at % key.length);
  return difference === 0;
}

/** HMAC-SHA-256 of a text, in the letters of URLs. */
export async function sign(text: string, secret: string): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", await hmacKey(secret, "sign"), utf8.encode(text));
  return toLetters(new Uint8Array(mac));
}

/** Whether `signature` is what {@link sign} makes of the text; WebCrypto compares in constant time. */
export async function isSigned(text: string, signature: string, secret: string): Promise<boolean> {
  const mac = fromLetters(signature);
  return mac !== undefined && crypto.subtle.verify("HMAC", await hmacKey(secret, "verify"), mac, utf8.encode(text));
}

/** Bytes in the letters of URLs: RFC 4648 §5, without padding. */
export function toLetters(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The bytes in these letters; undefined where they are none of {@link toLetters}. */
export function fromLetters(letters: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(letters)) return undefined;
  try {
    return Uint8Array.from(atob(letters.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

const utf8 = new TextEncoder();

function hmacKey(secret: string, use: "sign" | "verify"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", utf8.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [use]);
}
