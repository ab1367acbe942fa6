/**
 * MurmurHash3_x86_32 by Austin Appleby (public domain), seed 0, over the low byte of every UTF-16 code unit: the bytes
 * of an ASCII text.
 */
export function murmur3(text) {
  const length = text.length;
  const whole = length & ~3;
  let hash = 0;
  let at = 0;
  for (; at < whole; at += 4) {
    let word =
      (text.charCodeAt(at) & 255) |
      ((text.charCodeAt(at + 1) & 255) << 8) |
      ((text.charCodeAt(at + 2) & 255) << 16) |
      (text.charCodeAt(at + 3) << 24);
    word = Math.imul(word, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let left = length - 1; left >= at; left--) tail = (tail << 8) | (text.charCodeAt(left) & 255);
  if (at < length) {
    tail = Math.imul(tail, 0xcc9e2d51);
    tail = (tail << 15) | (tail >>> 17);
    hash ^= Math.imul(tail, 0x1b873593);
  }
  hash ^= length;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
