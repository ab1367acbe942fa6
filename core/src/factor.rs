//! Factors: the independent draws of a factorial design.

use crate::{
    AllocationRange, Key,
    sections::{LEVEL_RANGES, LEVELS, Sections, Slice, u64_at},
};

/// One factor, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Factor<'a> {
    sections: Sections<'a>,
    record: &'a [u8; 32],
}

impl<'a> Factor<'a> {
    pub(crate) fn new(sections: Sections<'a>, record: &'a [u8; 32]) -> Self {
        Self { sections, record }
    }

    /// Its name.
    pub fn id(self) -> &'a str {
        self.sections.text(self.record, 0)
    }

    /// The key of its draw: that of the experiment's salt, a slash, and its name.
    pub fn key(self) -> Key {
        Key { k0: self.sections.seed(), k1: u64_at(self.record, 8) }
    }

    /// The names of its levels.
    pub fn levels(self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        self.sections
            .records(LEVELS, Slice::at(self.record, 16))
            .map(move |level| self.sections.text(level, 0))
    }

    /// Which buckets belong to which level: disjoint ranges in rising order.
    pub fn allocation(self) -> impl ExactSizeIterator<Item = AllocationRange> + use<'a> {
        self.sections.records(LEVEL_RANGES, self.range_slice()).map(AllocationRange::read)
    }

    pub(crate) fn range_slice(self) -> Slice {
        Slice::at(self.record, 24)
    }
}
