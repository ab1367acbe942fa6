// A small generator that Rust and JavaScript run alike, in 32-bit integers: core/examples/random_evaluations/generator.rs.

/** Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (2003), section 4: xor128, with its numbers. */
export class Generator {
  #x;
  #y = 0x159a55e5;
  #z = 0x1f123bb5;
  #w = 0x05491333;

  /** The first numbers, which seeds that lie close together share in part, are passed over. */
  constructor(seed) {
    this.#x = 0x075bcd15 ^ seed;
    for (let passed = 0; passed < 32; passed++) this.next();
  }

  /** 32 bits, as a number from 0. */
  next() {
    const t = this.#x ^ (this.#x << 11);
    this.#x = this.#y;
    this.#y = this.#z;
    this.#z = this.#w;
    this.#w = this.#w ^ (this.#w >>> 19) ^ t ^ (t >>> 8);
    return this.#w >>> 0;
  }

  /** A number below the limit; the bias of the remainder does not matter here. */
  below(limit) {
    return this.next() % limit;
  }

  /** True once in `count` times. */
  oneIn(count) {
    return this.below(count) === 0;
  }

  pick(items) {
    return items[this.below(items.length)];
  }
}
