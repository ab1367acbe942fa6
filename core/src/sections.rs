//! Where the records of a ruleset lie, and how they are read in place.
//!
//! Every read is total: what lies outside is a record of zeros, which a checked ruleset never gets to.

use crate::format::{SECTIONS, Section};

/// Where one section lies.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extent {
    pub(crate) offset: usize,
    pub(crate) length: usize,
}

/// A section and the size of its records, known to the compiler, so that reading a field costs no comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<const BYTES: usize>(pub(crate) Section);

pub(crate) const WORKSPACE: Table<32> = Table(Section::Workspace);
pub(crate) const UNIT_TYPES: Table<8> = Table(Section::UnitTypes);
pub(crate) const ATTRIBUTES: Table<16> = Table(Section::Attributes);
pub(crate) const PATH_SEGMENTS: Table<8> = Table(Section::PathSegments);
pub(crate) const CONDITIONS: Table<16> = Table(Section::Conditions);
pub(crate) const CHILDREN: Table<4> = Table(Section::Children);
pub(crate) const TEXTS: Table<8> = Table(Section::Texts);
pub(crate) const NUMBERS: Table<8> = Table(Section::Numbers);
pub(crate) const HASHES: Table<8> = Table(Section::Hashes);
pub(crate) const NETWORKS: Table<32> = Table(Section::Networks);
#[cfg(feature = "operators")]
pub(crate) const PATTERNS: Table<16> = Table(Section::Patterns);
pub(crate) const SEGMENTS: Table<12> = Table(Section::Segments);
pub(crate) const LAYERS: Table<40> = Table(Section::Layers);
pub(crate) const SLOTS: Table<8> = Table(Section::Slots);
pub(crate) const HOLDOUTS: Table<40> = Table(Section::Holdouts);
pub(crate) const EXPERIMENTS: Table<120> = Table(Section::Experiments);
pub(crate) const EXTENSIONS: Table<96> = Table(Section::Extensions);
pub(crate) const VARIANTS: Table<20> = Table(Section::Variants);
pub(crate) const OVERRIDES: Table<12> = Table(Section::Overrides);
pub(crate) const RANGES: Table<12> = Table(Section::Ranges);
pub(crate) const RAMP_STAGES: Table<16> = Table(Section::RampStages);
pub(crate) const REPLAY_ATTRIBUTES: Table<4> = Table(Section::ReplayAttributes);
pub(crate) const FORCED: Table<16> = Table(Section::Forced);
pub(crate) const BOUND_HOLDOUTS: Table<4> = Table(Section::BoundHoldouts);
pub(crate) const PREREQUISITES: Table<16> = Table(Section::Prerequisites);
pub(crate) const CHOICES: Table<4> = Table(Section::Choices);
pub(crate) const ACCEPTED_VALUES: Table<8> = Table(Section::AcceptedValues);
pub(crate) const MASKS: Table<4> = Table(Section::Masks);
pub(crate) const PLACEMENTS: Table<8> = Table(Section::Placements);
pub(crate) const FACTORS: Table<32> = Table(Section::Factors);
pub(crate) const LEVELS: Table<8> = Table(Section::Levels);
pub(crate) const LEVEL_RANGES: Table<12> = Table(Section::LevelRanges);
pub(crate) const CELLS: Table<4> = Table(Section::Cells);
pub(crate) const FLAGS: Table<56> = Table(Section::Flags);
pub(crate) const RULES: Table<20> = Table(Section::Rules);
pub(crate) const CLAIMS: Table<4> = Table(Section::Claims);

/// Where the sections of a ruleset lie, and what every evaluation reads first.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) extents: [Extent; SECTIONS],
    pub(crate) seed: u64,
    pub(crate) switches: u8,
}

/// The bytes of a ruleset and where its sections lie: what every view reads from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sections<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) layout: &'a Layout,
}

impl<'a> Sections<'a> {
    /// How many records a section has.
    pub(crate) fn count(self, section: Section) -> usize {
        self.extent(section).length.checked_div(section.record_bytes()).unwrap_or(0)
    }

    /// One record.
    #[inline]
    pub(crate) fn record<const BYTES: usize>(self, table: Table<BYTES>, index: usize) -> &'a [u8; BYTES] {
        // The indices of a checked ruleset lie inside; any other leads to some bytes or to zeros, not out of them.
        let start = self.extent(table.0).offset.wrapping_add(index.wrapping_mul(BYTES));
        self.bytes.get(start..).and_then(|rest| rest.first_chunk()).unwrap_or(&[0; BYTES])
    }

    /// The records of a slice, in order. No slice leads out of the bytes; in a checked ruleset none leads out of its
    /// section.
    #[inline]
    pub(crate) fn records<const BYTES: usize>(
        self,
        table: Table<BYTES>,
        slice: Slice,
    ) -> impl ExactSizeIterator<Item = &'a [u8; BYTES]> + DoubleEndedIterator + use<'a, BYTES> {
        let (offset, length) = (slice.first.wrapping_mul(BYTES), slice.count.wrapping_mul(BYTES));
        let (records, _) = self.span(table.0, offset, length).as_chunks();
        records.iter()
    }

    /// All records of a section, in order.
    pub(crate) fn all<const BYTES: usize>(self, table: Table<BYTES>) -> &'a [[u8; BYTES]] {
        let (records, _) = self.span(table.0, 0, self.extent(table.0).length).as_chunks();
        records
    }

    /// The text that a record holds at `at`.
    pub(crate) fn text(self, record: &[u8], at: usize) -> &'a str {
        core::str::from_utf8(self.text_bytes(record, at)).unwrap_or_default()
    }

    /// Like [`Self::text`], without a look at its encoding.
    #[inline]
    pub(crate) fn text_bytes(self, record: &[u8], at: usize) -> &'a [u8] {
        let offset = u32_at(record, at) as usize;
        let length = u32_at(record, at.wrapping_add(4)) as usize;
        self.span(Section::Strings, offset, length)
    }

    /// `length` bytes of a section from `offset` on.
    #[inline]
    pub(crate) fn span(self, section: Section, offset: usize, length: usize) -> &'a [u8] {
        let start = self.extent(section).offset.wrapping_add(offset);
        self.bytes.get(start..start.wrapping_add(length)).unwrap_or_default()
    }

    /// The workspace seed, `k0` of every key.
    #[inline]
    pub(crate) fn seed(self) -> u64 {
        self.layout.seed
    }

    #[inline]
    pub(crate) fn extent(self, section: Section) -> Extent {
        self.layout.extents.get(section as usize).copied().unwrap_or_default()
    }
}

/// Consecutive records: first one, how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) first: usize,
    pub(crate) count: usize,
}

impl Slice {
    #[inline]
    pub(crate) fn at(record: &[u8], at: usize) -> Self {
        Self { first: u32_at(record, at) as usize, count: u32_at(record, at.wrapping_add(4)) as usize }
    }

    #[inline]
    pub(crate) fn indices(self) -> core::ops::Range<usize> {
        self.first..self.first.wrapping_add(self.count)
    }

    /// The index, within the slice, of the record that `order` calls equal; the records rise in this order.
    #[inline]
    pub(crate) fn search(self, mut order: impl FnMut(usize) -> core::cmp::Ordering) -> Option<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            match order(self.first.wrapping_add(middle)) {
                core::cmp::Ordering::Less => low = middle.wrapping_add(1),
                core::cmp::Ordering::Greater => high = middle,
                core::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }
}

/// The number at `at`; 0 where the record is too short.
#[inline]
pub(crate) fn u32_at(record: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(record, at))
}

/// See [`u32_at`].
#[inline]
pub(crate) fn u16_at(record: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array_at(record, at))
}

/// See [`u32_at`].
#[inline]
pub(crate) fn u8_at(record: &[u8], at: usize) -> u8 {
    record.get(at).copied().unwrap_or(0)
}

/// See [`u32_at`].
#[inline]
pub(crate) fn u64_at(record: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(record, at))
}

/// See [`u32_at`].
#[inline]
pub(crate) fn i64_at(record: &[u8], at: usize) -> i64 {
    i64::from_le_bytes(array_at(record, at))
}

/// See [`u32_at`].
#[inline]
pub(crate) fn f64_at(record: &[u8], at: usize) -> f64 {
    f64::from_le_bytes(array_at(record, at))
}

/// See [`u32_at`].
#[inline]
pub(crate) fn array_at<const N: usize>(record: &[u8], at: usize) -> [u8; N] {
    record.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_know_the_size_of_their_records() {
        fn agrees<const BYTES: usize>(table: Table<BYTES>) {
            assert_eq!(table.0.record_bytes(), BYTES, "{}", table.0.name());
        }
        agrees(WORKSPACE);
        agrees(UNIT_TYPES);
        agrees(ATTRIBUTES);
        agrees(PATH_SEGMENTS);
        agrees(CONDITIONS);
        agrees(CHILDREN);
        agrees(TEXTS);
        agrees(NUMBERS);
        agrees(HASHES);
        agrees(SEGMENTS);
        agrees(LAYERS);
        agrees(SLOTS);
        agrees(HOLDOUTS);
        agrees(EXPERIMENTS);
        agrees(EXTENSIONS);
        agrees(VARIANTS);
        agrees(OVERRIDES);
        agrees(RANGES);
        agrees(RAMP_STAGES);
        agrees(REPLAY_ATTRIBUTES);
        agrees(FORCED);
        agrees(BOUND_HOLDOUTS);
        agrees(PREREQUISITES);
        agrees(CHOICES);
        agrees(ACCEPTED_VALUES);
        agrees(MASKS);
        agrees(PLACEMENTS);
        agrees(FACTORS);
        agrees(LEVELS);
        agrees(LEVEL_RANGES);
        agrees(CELLS);
        agrees(FLAGS);
        agrees(RULES);
        agrees(CLAIMS);
        agrees(NETWORKS);
        #[cfg(feature = "operators")]
        agrees(PATTERNS);
    }
}
