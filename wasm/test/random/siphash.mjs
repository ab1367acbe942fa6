// SipHash-2-4 with 128 bits of output, over text that comes piece by piece.
// Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012); the 128-bit output is the authors' later variant,
// https://github.com/veorq/SipHash. In 32-bit halves, which engines run faster than 64-bit BigInts.

const encoder = new TextEncoder();

export class SipHash128 {
  /** v0 to v3, each as its low and its high half: "somepseudorandomlygeneratedbytes", v1 with the mark of 128 bits. */
  #v = Int32Array.of(
    0x70736575, 0x736f6d65, 0x6e646f6d ^ 0xee, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462,
  );
  #rest = new Uint8Array(0);
  #length = 0;

  /** A key has 16 bytes. */
  constructor(key = new Uint8Array(16)) {
    const view = new DataView(key.buffer, key.byteOffset);
    for (let at = 0; at < 8; at++) this.#v[at] ^= view.getInt32((at % 4) * 4, true);
  }

  /** Takes in a piece of text, as UTF-8. */
  write(text) {
    this.writeBytes(encoder.encode(text));
  }

  /** Takes in bytes. */
  writeBytes(piece) {
    this.#length += piece.length;
    const bytes = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    const whole = bytes.length - (bytes.length % 8);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < whole; at += 8) this.#absorb(view.getInt32(at, true), view.getInt32(at + 4, true));
    this.#rest = bytes.slice(whole);
  }

  /** The hash of all that was written, in hexadecimal digits. Nothing may be written afterwards. */
  finish() {
    const last = new DataView(new ArrayBuffer(8));
    this.#rest.forEach((byte, at) => last.setUint8(at, byte));
    last.setUint8(7, this.#length % 256);
    this.#absorb(last.getInt32(0, true), last.getInt32(4, true));
    this.#v[4] ^= 0xee;
    const first = this.#half();
    this.#v[2] ^= 0xdd;
    return first + this.#half();
  }

  #absorb(low, high) {
    const v = this.#v;
    v[6] ^= low;
    v[7] ^= high;
    round(v);
    round(v);
    v[0] ^= low;
    v[1] ^= high;
  }

  /** Four rounds, and the eight bytes that they give. */
  #half() {
    const v = this.#v;
    for (let done = 0; done < 4; done++) round(v);
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setInt32(0, v[0] ^ v[2] ^ v[4] ^ v[6], true);
    bytes.setInt32(4, v[1] ^ v[3] ^ v[5] ^ v[7], true);
    return Array.from(new Uint8Array(bytes.buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}

function round(v) {
  add(v, 0, 2);
  rotate(v, 2, 13);
  mix(v, 2, 0);
  swap(v, 0);
  add(v, 4, 6);
  rotate(v, 6, 16);
  mix(v, 6, 4);
  add(v, 0, 6);
  rotate(v, 6, 21);
  mix(v, 6, 0);
  add(v, 4, 2);
  rotate(v, 2, 17);
  mix(v, 2, 4);
  swap(v, 4);
}

function add(v, to, from) {
  const low = (v[to] >>> 0) + (v[from] >>> 0);
  v[to] = low;
  v[to + 1] += v[from + 1] + (low > 0xffffffff ? 1 : 0);
}

function rotate(v, at, bits) {
  const [low, high] = [v[at], v[at + 1]];
  v[at] = (low << bits) | (high >>> (32 - bits));
  v[at + 1] = (high << bits) | (low >>> (32 - bits));
}

function mix(v, to, from) {
  v[to] ^= v[from];
  v[to + 1] ^= v[from + 1];
}

/** A rotation by 32 bits. */
function swap(v, at) {
  const low = v[at];
  v[at] = v[at + 1];
  v[at + 1] = low;
}
