//! Holdouts: units that take no part in the experiments bound to them.

use crate::{
    Bucket, Epoch, Key,
    ruleset::unit_type_name,
    sections::{HOLDOUTS, Sections, u16_at, u32_at, u64_at},
};

/// One holdout, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Holdout<'a> {
    sections: Sections<'a>,
    index: usize,
    record: &'a [u8; 40],
}

impl<'a> Holdout<'a> {
    pub(crate) fn new(sections: Sections<'a>, index: usize) -> Self {
        Self { sections, index, record: sections.record(HOLDOUTS, index) }
    }

    /// Its place in the ruleset.
    pub fn index(self) -> usize {
        self.index
    }

    /// What experiments and events call it.
    pub fn id(self) -> &'a str {
        self.sections.text(self.record, 0)
    }

    /// What its units are hashed with; empty in a ruleset for browsers.
    pub fn salt(self) -> &'a str {
        self.sections.text(self.record, 8)
    }

    /// The key that its salt gives.
    pub fn key(self) -> Key {
        Key { k0: self.sections.seed(), k1: u64_at(self.record, 16) }
    }

    /// The share in force.
    pub fn epoch(self) -> Epoch {
        Epoch(u64_at(self.record, 24))
    }

    /// Units whose entry bucket lies below are held out.
    pub fn buckets(self) -> u32 {
        u32_at(self.record, 32)
    }

    /// The index of its unit type.
    pub fn unit_type(self) -> usize {
        usize::from(u16_at(self.record, 36))
    }

    /// The name of its unit type.
    pub fn unit_type_name(self) -> &'a str {
        unit_type_name(self.sections, self.unit_type())
    }

    /// The bucket that decides, and whether it holds the unit out.
    pub fn draw(self, unit: &[u8]) -> (Bucket, bool) {
        let bucket = self.key().hash(unit).entry();
        (bucket, bucket.get() < self.buckets())
    }
}
