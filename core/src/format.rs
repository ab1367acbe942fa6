//! The ruleset's bytes: header, directory, sections of fixed-size records. Version 1.
//!
//! Integers are little-endian and may lie at any offset. A *text* is a pair of `u32`: offset in the section of
//! strings, length in bytes. A *slice* is a pair of `u32`: first record, number of records, in the section named;
//! slices of a section follow one another without gap or overlap. Bytes that the tables leave out are 0.
//! [`NONE`] stands for an absent index.
//!
//! | header, 32 bytes | what |
//! |---|---|
//! | 0..8 | [`MAGIC`] |
//! | 8..10 | format version, [`VERSION`] |
//! | 10..12 | number of sections, [`SECTIONS`] |
//! | 12..16 | length of everything |
//! | 16..32 | digest: SipHash-2-4-128 with a zero key over all bytes but these |
//!
//! Then the directory: for each [`Section`], in their order, three `u32`: kind, offset, length in bytes. A kind that
//! the reader does not know is refused, so that nothing is ever half understood.
//!
//! | section | record |
//! |---|---|
//! | 0 workspace | seed `u64`; tenant, environment: texts ([`NONE`] as offset: absent); 8 bytes of 0. One record |
//! | 1 strings | UTF-8, all strings of the ruleset |
//! | 2 unit types | text |
//! | 3 attributes | canonical name: text; path: slice of path segments |
//! | 4 path segments | text |
//! | 5 conditions | see below |
//! | 6 children | `u32` index of a condition |
//! | 7 texts | text; each list sorted by bytes, without repetition |
//! | 8 numbers | `f64`, finite; each list sorted, without repetition |
//! | 9 experiments | see below; sorted by id |
//! | 10 variants | id: text; overrides: slice; `u32` 1 for the control, else 0 |
//! | 11 overrides | flag `u32`; value, JSON: text |
//! | 12 ranges | first bucket, one past the last, variant within the experiment: `u32`; sorted, disjoint |
//! | 13 ramp stages | from `i64` milliseconds ([`i64::MIN`]: since ever); buckets `u32`; `u32` 0 |
//! | 14 replay attributes | `u32` index of an attribute; sorted |
//! | 15 flags | see below; sorted by id |
//! | 16 rules | condition `u32`; unit type `u32` ([`NONE`]: no rollout); buckets `u32`; value, JSON: text |
//! | 17 claims | `u32` index of an experiment |
//!
//! | condition, 16 bytes | what |
//! |---|---|
//! | 0 | test: 0 constant, 1 and, 2 or, 3 not, 4 present, 5 boolean, 6 number, 7 string, 8 in strings, 9 in numbers, 10 text |
//! | 1 | constant: 0 or 1; and, or, not: depth, from 2; boolean, number, string: operator `eq ne lt le gt ge` as 0 to 5; text: 0 starts with, 1 ends with, 2 contains |
//! | 2..4 | attribute `u16` |
//! | 4..12 | and, or: slice of children; not: condition `u32`; boolean: `u32` 0 or 1; number: `f64`; string, text: text; in: slice of texts or numbers |
//! | 12..16 | and, or, not: how many conditions the tree has |
//!
//! Children stand before their parents; depth and size are checked node by node, which bounds time and stack.
//!
//! | experiment, 120 bytes | what |
//! |---|---|
//! | 0..8, 8..16 | id, salt: texts |
//! | 16..24 | `k1` of the salt's key |
//! | 24..32 | epoch |
//! | 32..40, 40..48 | start, end: `i64` milliseconds ([`i64::MIN`], [`i64::MAX`]: none) |
//! | 48..64 | digest of the analysis plan; all 0: none |
//! | 64..68 | iteration `u32` |
//! | 68..70 | unit type `u16` |
//! | 70 | state: 0 running, 1 paused |
//! | 71 | strategy: 0 hash |
//! | 72 | hash: 0 SipHash-2-4 with two 32-bit draws |
//! | 76..80 | bucket space `u32`: 1,000,000 |
//! | 80..84 | targeting condition `u32` |
//! | 84..92 | slice of variants, sorted by id |
//! | 92..100 | slice of ranges |
//! | 100..108 | slice of ramp stages |
//! | 108..116 | slice of replay attributes |
//!
//! | flag, 56 bytes | what |
//! |---|---|
//! | 0..8, 8..16 | id, salt: texts |
//! | 16..24 | `k1` of the salt's key |
//! | 24..32 | default, JSON: text |
//! | 32..40 | slice of rules |
//! | 40..48 | slice of claims: the experiments that override the flag |
//! | 48 | type: 0 boolean, 1 number, 2 string, 3 object |

/// The first eight bytes of every ruleset.
pub const MAGIC: [u8; 8] = *b"EDGEWISE";
/// The version of the format and of the assignment rules that this crate reads.
pub const VERSION: u16 = 1;
/// The index that stands for none.
pub const NONE: u32 = u32::MAX;
/// The size of the header.
pub const HEADER_BYTES: usize = 32;
/// The size of one entry of the directory.
pub const DIRECTORY_ENTRY_BYTES: usize = 12;
/// How many sections version 1 has.
pub const SECTIONS: usize = 18;

/// The largest ruleset, in bytes: what the largest edge stores hold in one value is 25 MiB.
pub const MAX_BYTES: usize = 25 << 20;
/// The most unit types of one ruleset.
pub const MAX_UNIT_TYPES: usize = 64;
/// The most attributes of one ruleset.
pub const MAX_ATTRIBUTES: usize = 4096;
/// The most experiments of one ruleset, and the most flags.
pub const MAX_EXPERIMENTS: usize = 65_536;
/// The most variants of one experiment.
pub const MAX_VARIANTS: usize = 1024;
/// The deepest condition tree.
pub const MAX_DEPTH: u8 = 32;
/// The most conditions in one tree.
pub const MAX_CONDITIONS: u32 = 4096;

/// The parts of a ruleset, in the order in which they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the table of the module says what each one holds")]
pub enum Section {
    Workspace = 0,
    Strings = 1,
    UnitTypes = 2,
    Attributes = 3,
    PathSegments = 4,
    Conditions = 5,
    Children = 6,
    Texts = 7,
    Numbers = 8,
    Experiments = 9,
    Variants = 10,
    Overrides = 11,
    Ranges = 12,
    RampStages = 13,
    ReplayAttributes = 14,
    Flags = 15,
    Rules = 16,
    Claims = 17,
}

impl Section {
    /// All sections, in order.
    pub const ALL: [Self; SECTIONS] = [
        Self::Workspace,
        Self::Strings,
        Self::UnitTypes,
        Self::Attributes,
        Self::PathSegments,
        Self::Conditions,
        Self::Children,
        Self::Texts,
        Self::Numbers,
        Self::Experiments,
        Self::Variants,
        Self::Overrides,
        Self::Ranges,
        Self::RampStages,
        Self::ReplayAttributes,
        Self::Flags,
        Self::Rules,
        Self::Claims,
    ];

    /// The size of one record, in bytes.
    #[must_use]
    pub const fn record_bytes(self) -> usize {
        match self {
            Self::Strings => 1,
            Self::Children | Self::ReplayAttributes | Self::Claims => 4,
            Self::UnitTypes | Self::PathSegments | Self::Texts | Self::Numbers => 8,
            Self::Overrides | Self::Ranges => 12,
            Self::Attributes | Self::Conditions | Self::RampStages => 16,
            Self::Variants | Self::Rules => 20,
            Self::Workspace => 32,
            Self::Flags => 56,
            Self::Experiments => 120,
        }
    }

    /// What error messages call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Strings => "strings",
            Self::UnitTypes => "unit types",
            Self::Attributes => "attributes",
            Self::PathSegments => "path segments",
            Self::Conditions => "conditions",
            Self::Children => "children",
            Self::Texts => "texts",
            Self::Numbers => "numbers",
            Self::Experiments => "experiments",
            Self::Variants => "variants",
            Self::Overrides => "overrides",
            Self::Ranges => "ranges",
            Self::RampStages => "ramp stages",
            Self::ReplayAttributes => "replay attributes",
            Self::Flags => "flags",
            Self::Rules => "rules",
            Self::Claims => "claims",
        }
    }
}

/// Where one section lies.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extent {
    pub(crate) offset: usize,
    pub(crate) length: usize,
}

/// The bytes of a checked ruleset and where its sections lie: what every view reads from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sections<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) extents: &'a [Extent; SECTIONS],
}

impl<'a> Sections<'a> {
    /// How many records a section has.
    pub(crate) fn count(self, section: Section) -> usize {
        self.extent(section).length.checked_div(section.record_bytes()).unwrap_or(0)
    }

    /// One record, or none where the section ends before it.
    #[inline]
    pub(crate) fn record(self, section: Section, index: usize) -> Option<&'a [u8]> {
        let extent = self.extent(section);
        let size = section.record_bytes();
        let within = index.checked_mul(size)?;
        if within.checked_add(size)? > extent.length {
            return None;
        }
        let at = extent.offset.checked_add(within)?;
        self.bytes.get(at..at.checked_add(size)?)
    }

    /// The text that `record` holds at `at`; empty where it lies outside, which a checked ruleset has nowhere.
    pub(crate) fn text(self, record: &[u8], at: usize) -> &'a str {
        core::str::from_utf8(self.text_bytes(record, at)).unwrap_or_default()
    }

    /// Like [`Self::text`], without a look at its encoding.
    #[inline]
    pub(crate) fn text_bytes(self, record: &[u8], at: usize) -> &'a [u8] {
        let offset = u32_at(record, at) as usize;
        let length = u32_at(record, at.saturating_add(4)) as usize;
        let extent = self.extent(Section::Strings);
        let start = extent.offset.saturating_add(offset);
        self.bytes.get(start..start.saturating_add(length)).unwrap_or_default()
    }

    #[inline]
    fn extent(self, section: Section) -> Extent {
        self.extents.get(section as usize).copied().unwrap_or_default()
    }
}

/// Consecutive records: first one, how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    pub(crate) first: usize,
    pub(crate) count: usize,
}

impl Slice {
    pub(crate) fn at(record: &[u8], at: usize) -> Self {
        Self { first: u32_at(record, at) as usize, count: u32_at(record, at.saturating_add(4)) as usize }
    }

    /// The index of the slice's n-th record in its section.
    #[inline]
    pub(crate) fn nth(self, n: usize) -> Option<usize> {
        if n < self.count { self.first.checked_add(n) } else { None }
    }

    pub(crate) fn indices(self) -> core::ops::Range<usize> {
        self.first..self.first.saturating_add(self.count)
    }
}

/// The number at `at`; 0 where the record is too short, which a record of its section's size never is.
#[inline]
pub(crate) fn u32_at(record: &[u8], at: usize) -> u32 {
    array_at(record, at).map_or(0, u32::from_le_bytes)
}

/// See [`u32_at`].
#[inline]
pub(crate) fn u16_at(record: &[u8], at: usize) -> u16 {
    array_at(record, at).map_or(0, u16::from_le_bytes)
}

/// See [`u32_at`].
#[inline]
pub(crate) fn u8_at(record: &[u8], at: usize) -> u8 {
    record.get(at).copied().unwrap_or(0)
}

/// See [`u32_at`].
#[inline]
pub(crate) fn u64_at(record: &[u8], at: usize) -> u64 {
    array_at(record, at).map_or(0, u64::from_le_bytes)
}

/// See [`u32_at`].
#[inline]
pub(crate) fn i64_at(record: &[u8], at: usize) -> i64 {
    array_at(record, at).map_or(0, i64::from_le_bytes)
}

/// See [`u32_at`].
#[inline]
pub(crate) fn f64_at(record: &[u8], at: usize) -> f64 {
    array_at(record, at).map_or(0.0, f64::from_le_bytes)
}

/// See [`u32_at`].
#[inline]
pub(crate) fn array_at<const N: usize>(record: &[u8], at: usize) -> Option<[u8; N]> {
    record.get(at..at.checked_add(N)?)?.try_into().ok()
}
