//! Segments: conditions with a name.

use crate::{
    Condition,
    sections::{SEGMENTS, Sections, u32_at},
};

/// One segment, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    sections: Sections<'a>,
    index: usize,
    record: &'a [u8; 12],
}

impl<'a> Segment<'a> {
    #[inline]
    pub(crate) fn new(sections: Sections<'a>, index: usize) -> Self {
        Self { sections, index, record: sections.record(SEGMENTS, index) }
    }

    /// Its place in the ruleset.
    pub fn index(self) -> usize {
        self.index
    }

    /// What conditions call it.
    pub fn id(self) -> &'a str {
        self.sections.text(self.record, 0)
    }

    /// Who belongs to it.
    pub fn condition(self) -> Condition<'a> {
        Condition::new(self.sections, self.root())
    }

    #[inline]
    pub(crate) fn root(self) -> u32 {
        u32_at(self.record, 8)
    }
}
