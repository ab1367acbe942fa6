//! The ruleset's bytes: header, directory, sections of fixed-size records, an optional signature. Version 1.
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
//! | 12..16 | length of everything but the trailer |
//! | 16..32 | digest: SipHash-2-4-128 with a zero key over all bytes but these and the trailer |
//!
//! The salts of a ruleset for browsers are empty: the keys stand beside them.
//!
//! Then the directory: for each [`Section`], in their order, three `u32`: kind, offset, length in bytes. A kind that
//! the reader does not know is refused, so that nothing is ever half understood.
//!
//! | trailer, 80 bytes, may be absent | what |
//! |---|---|
//! | 0..8 | [`TRAILER_MAGIC`] |
//! | 8..12 | algorithm: 1 Ed25519 |
//! | 16..80 | signature of all bytes before the trailer |
//!
//! | section | record |
//! |---|---|
//! | 0 workspace | seed `u64`; tenant, environment: texts ([`NONE`] as offset: absent); switches `u8`: 1 experiments off, 2 flags off; audience `u8`: 0 server, 1 client; 6 bytes of 0. One record |
//! | 1 strings | UTF-8, all strings of the ruleset |
//! | 2 unit types | text |
//! | 3 attributes | canonical name: text; path: slice of path segments |
//! | 4 path segments | text |
//! | 5 conditions | see below |
//! | 6 children | `u32` index of a condition |
//! | 7 texts | text; each list sorted by bytes, without repetition |
//! | 8 numbers | `f64`, finite; each list sorted, without repetition |
//! | 9 hashes | `u64`, under the key of the salt `private:`; each list sorted, without repetition |
//! | 10 networks | first and last address, 16 bytes each in network order; each list sorted, disjoint |
//! | 11 patterns | the expression: text; slice of pattern words |
//! | 12 pattern words | `u16`: see [`pattern`](crate::pattern) |
//! | 13 segments | id: text; condition `u32`; sorted by id |
//! | 14 layers | id, salt: texts; `k1`; parent layer `u32`; unit type `u16`; depth `u8`, from 1; slots in the parent: slice. Sorted by id |
//! | 15 slots | first bucket, one past the last: `u32`; sorted, disjoint |
//! | 16 holdouts | id, salt: texts; `k1`; epoch `u64`; buckets `u32`; unit type `u16`. Sorted by id |
//! | 17 experiments | see below; sorted by id |
//! | 18 extensions | what few experiments have: see below |
//! | 19 variants | id: text; overrides: slice; `u32` 1 for the control, else 0; sorted by id |
//! | 20 overrides | flag `u32`; value, JSON: text |
//! | 21 ranges | first bucket, one past the last, variant within the experiment: `u32`; sorted, disjoint |
//! | 22 ramp stages | from `i64` milliseconds ([`i64::MIN`]: since ever); buckets `u32`; `u32` 0 |
//! | 23 replay attributes | `u32` index of an attribute; sorted |
//! | 24 forced | hash of the unit under the experiment's key `u64`, sorted; variant `u32`; `u32` 0 |
//! | 25 bound holdouts | `u32` index of a holdout |
//! | 26 prerequisites | kind `u32`: 0 experiment, 1 flag; its index `u32`; slice of choices (0) or accepted values (1) |
//! | 27 choices | `u32` index of a variant; sorted |
//! | 28 accepted values | JSON: text |
//! | 29 masks | `u32` index of the experiment that masks |
//! | 30 placements | condition, variant: `u32` |
//! | 31 factors | id: text; `k1` of its key; levels: slice; level ranges: slice |
//! | 32 levels | text |
//! | 33 level ranges | first bucket, one past the last, level: `u32`; sorted, disjoint |
//! | 34 cells | `u32` index of a variant |
//! | 35 flags | see below; sorted by id |
//! | 36 rules | condition `u32`; unit type `u32` ([`NONE`]: no rollout); buckets `u32`; value, JSON: text |
//! | 37 claims | `u32` index of an experiment |
//!
//! | condition, 16 bytes | what |
//! |---|---|
//! | 0 | test: 0 constant, 1 and, 2 or, 3 not, 4 segment, 5 present, 6 boolean, 7 number, 8 string, 9 in strings, 10 in numbers, 11 in hashes, 12 text, 13 matches, 14 semver, 15 timestamp, 16 network, 17 holds |
//! | 1 | constant: 0 or 1; and, or, not, segment: depth, from 2; boolean, number, string, semver, timestamp: operator `eq ne lt le gt ge` as 0 to 5; text: 0 starts with, 1 ends with, 2 contains; in hashes: 1 not in, 2 of numbers (their `f64`), added; holds: 0 any, 1 all |
//! | 2..4 | attribute `u16`; from [`FIRST_UNIT_ATTRIBUTE`] on unit types; [`NOW_ATTRIBUTE`] the time of the evaluation |
//! | 4..12 | and, or: slice of children; not: condition `u32`; segment: `u32`; boolean: `u32` 0 or 1; number: `f64`; string, text, semver: text; in, holds, network: slice of texts, numbers, hashes or networks; matches: pattern `u32`; timestamp: seconds `i64` |
//! | 12..16 | and, or, not, segment: how many conditions the tree has; timestamp: nanoseconds |
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
//! | 70 | state: 0 running, 1 paused, 2 frozen, 3 completed, 4 graduated |
//! | 71 | strategy: 0 hash, 1 random, 2 round robin, 3 context |
//! | 72 | hash: 0 SipHash-2-4 with two 32-bit draws |
//! | 73 | 1: sticky |
//! | 76..80 | bucket space `u32`: 1,000,000 |
//! | 80..84 | targeting condition `u32` |
//! | 84..92 | slice of variants, sorted by id |
//! | 92..100 | slice of ranges |
//! | 100..108 | slice of ramp stages |
//! | 108..116 | slice of replay attributes |
//! | 116..120 | extension `u32` |
//!
//! | extension, 96 bytes | what |
//! |---|---|
//! | 0..4 | layer `u32` |
//! | 4..12 | slice of slots |
//! | 12..16 | fallback unit type `u32` |
//! | 16..24 | slice of forced units |
//! | 24..32 | slice of bound holdouts |
//! | 32..40 | slice of prerequisites |
//! | 40..48 | slice of masks |
//! | 48..56 | slice of placements |
//! | 56..64 | slice of factors |
//! | 64..72 | slice of cells: as many as the levels multiplied |
//! | 72..76 | graduated: the winner `u32`, a variant |
//! | 76..80 | graduated: the holdout that holds back `u32` |
//! | 80..84 | work `u32`: 1 and that of every prerequisite and mask; without an extension 1 |
//! | 84..88 | depth `u32`: 1 more than the deepest of them; without an extension 1 |
//! | 88..92 | priority `i32` |
//!
//! | flag, 56 bytes | what |
//! |---|---|
//! | 0..8, 8..16 | id, salt: texts |
//! | 16..24 | `k1` of the salt's key |
//! | 24..32 | default, JSON: text |
//! | 32..40 | slice of rules |
//! | 40..48 | slice of claims: the experiments that override the flag, in the order in which they are asked |
//! | 48 | type: 0 boolean, 1 number, 2 string, 3 object |
//! | 49 | depth `u8`: 1 more than the deepest claim's |
//! | 52..56 | work `u32`: 1 and that of every claim |
//!
//! Work and depth shrink from an experiment or flag to whatever it depends on, so nothing depends on itself; their
//! limits bound time and stack.

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
pub const SECTIONS: usize = 38;
/// The first eight bytes of the trailer.
pub const TRAILER_MAGIC: [u8; 8] = *b"EDGESIGN";
/// The size of the trailer.
pub const TRAILER_BYTES: usize = 80;
/// The size of an Ed25519 signature, the end of the trailer (RFC 8032, section 5.1.6).
pub const SIGNATURE_BYTES: usize = 64;
/// The trailer's code for Ed25519.
pub const ALGORITHM_ED25519: u32 = 1;
/// The attribute number of the first unit type.
pub const FIRST_UNIT_ATTRIBUTE: u16 = 0x8000;
/// The attribute number of the evaluation's time.
pub const NOW_ATTRIBUTE: u16 = u16::MAX;

/// The largest ruleset, in bytes, its trailer counted: what the largest edge stores hold in one value is 25 MiB.
pub const MAX_BYTES: usize = 25 << 20;
/// The most unit types of one ruleset.
pub const MAX_UNIT_TYPES: usize = 64;
/// The most attributes of one ruleset.
pub const MAX_ATTRIBUTES: usize = 4096;
/// The most experiments of one ruleset; and the most flags, segments, layers and holdouts, each.
pub const MAX_EXPERIMENTS: usize = 65_536;
/// The most variants of one experiment.
pub const MAX_VARIANTS: usize = 1024;
/// The most factors of one experiment.
pub const MAX_FACTORS: usize = 16;
/// The most holdouts that bind one experiment.
pub const MAX_HOLDOUTS: usize = 16;
/// The deepest condition tree, segments counted through.
pub const MAX_DEPTH: u8 = 32;
/// The most conditions in one tree, segments counted through.
pub const MAX_CONDITIONS: u32 = 4096;
/// The deepest nesting of layers.
pub const MAX_LAYER_DEPTH: u8 = 8;
/// The deepest chain of experiments and flags that depend on one another.
pub const MAX_DEPENDENCY_DEPTH: u32 = 16;
/// The most experiments and flags that one evaluation can come to ask.
pub const MAX_WORK: u32 = 1024;

/// Declares the sections, so that number, record size and name stand in one place.
macro_rules! sections {
    ($($section:ident = $kind:literal, $bytes:literal, $name:literal;)*) => {
        /// The parts of a ruleset, in the order in which they lie.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the table of the module says what each one holds")]
        pub enum Section {
            $($section = $kind,)*
        }

        impl Section {
            /// All sections, in order.
            pub const ALL: [Self; SECTIONS] = [$(Self::$section,)*];

            const RECORD_BYTES: [u8; SECTIONS] = [$($bytes,)*];
            const NAMES: [&'static str; SECTIONS] = [$($name,)*];
        }
    };
}

sections! {
    Workspace = 0, 32, "workspace";
    Strings = 1, 1, "strings";
    UnitTypes = 2, 8, "unit types";
    Attributes = 3, 16, "attributes";
    PathSegments = 4, 8, "path segments";
    Conditions = 5, 16, "conditions";
    Children = 6, 4, "children";
    Texts = 7, 8, "texts";
    Numbers = 8, 8, "numbers";
    Hashes = 9, 8, "hashes";
    Networks = 10, 32, "networks";
    Patterns = 11, 16, "patterns";
    PatternWords = 12, 2, "pattern words";
    Segments = 13, 12, "segments";
    Layers = 14, 40, "layers";
    Slots = 15, 8, "slots";
    Holdouts = 16, 40, "holdouts";
    Experiments = 17, 120, "experiments";
    Extensions = 18, 96, "extensions";
    Variants = 19, 20, "variants";
    Overrides = 20, 12, "overrides";
    Ranges = 21, 12, "ranges";
    RampStages = 22, 16, "ramp stages";
    ReplayAttributes = 23, 4, "replay attributes";
    Forced = 24, 16, "forced";
    BoundHoldouts = 25, 4, "bound holdouts";
    Prerequisites = 26, 16, "prerequisites";
    Choices = 27, 4, "choices";
    AcceptedValues = 28, 8, "accepted values";
    Masks = 29, 4, "masks";
    Placements = 30, 8, "placements";
    Factors = 31, 32, "factors";
    Levels = 32, 8, "levels";
    LevelRanges = 33, 12, "level ranges";
    Cells = 34, 4, "cells";
    Flags = 35, 56, "flags";
    Rules = 36, 20, "rules";
    Claims = 37, 4, "claims";
}

impl Section {
    /// The size of one record, in bytes.
    #[must_use]
    pub fn record_bytes(self) -> usize {
        usize::from(Self::RECORD_BYTES.get(self as usize).copied().unwrap_or(1))
    }

    /// What error messages call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.get(self as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_numbered_in_their_order() {
        for (kind, section) in Section::ALL.into_iter().enumerate() {
            assert_eq!(section as usize, kind);
        }
    }
}
