//! A small generator that Rust and JavaScript run alike, in 32-bit integers: `wasm/test/random/generator.mjs`.

/// Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (2003), section 4: `xor128`, with its numbers.
pub(crate) struct Generator {
    x: u32,
    y: u32,
    z: u32,
    w: u32,
}

impl Generator {
    /// The first numbers, which seeds that lie close together share in part, are passed over.
    pub(crate) fn new(seed: u32) -> Self {
        let mut made = Self { x: 0x075b_cd15 ^ seed, y: 0x159a_55e5, z: 0x1f12_3bb5, w: 0x0549_1333 };
        for _ in 0..32 {
            made.next();
        }
        made
    }

    pub(crate) fn next(&mut self) -> u32 {
        let t = self.x ^ (self.x << 11);
        (self.x, self.y, self.z) = (self.y, self.z, self.w);
        self.w = self.w ^ (self.w >> 19) ^ t ^ (t >> 8);
        self.w
    }

    /// A number below `limit`; the bias of the remainder does not matter here.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit
    }

    /// True once in `count` times.
    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}
