//! The variants of an experiment.

use crate::sections::{OVERRIDES, Sections, Slice, VARIANTS, u32_at};

/// One arm of an experiment.
#[derive(Clone, Copy, Debug)]
pub struct Variant<'a> {
    sections: Sections<'a>,
    index: usize,
    record: &'a [u8; 20],
}

impl<'a> Variant<'a> {
    /// The variant with this index of those in the slice.
    #[inline]
    pub(crate) fn new(sections: Sections<'a>, variants: Slice, index: usize) -> Self {
        let record = sections.record(VARIANTS, variants.first.saturating_add(index));
        Self { sections, index, record }
    }

    /// Its place in the experiment.
    pub fn index(self) -> usize {
        self.index
    }

    /// What code and events call it.
    pub fn id(self) -> &'a str {
        self.sections.text(self.record, 0)
    }

    /// Whether the others are compared with this one.
    pub fn is_control(self) -> bool {
        u32_at(self.record, 16) == 1
    }

    /// The flags that it overrides, by index, with their values as JSON.
    pub fn overrides(self) -> impl ExactSizeIterator<Item = (usize, &'a str)> + use<'a> {
        let overrides = self.sections.records(OVERRIDES, Slice::at(self.record, 8));
        overrides.map(move |record| (u32_at(record, 0) as usize, self.sections.text(record, 4)))
    }

    /// The value, as JSON text in UTF-8, that it gives the flag with this index.
    #[inline]
    pub fn override_of(self, flag: usize) -> Option<&'a [u8]> {
        let mut overrides = self.sections.records(OVERRIDES, Slice::at(self.record, 8));
        let own = overrides.find(|record| u32_at(*record, 0) as usize == flag)?;
        Some(self.sections.text_bytes(own, 4))
    }
}
