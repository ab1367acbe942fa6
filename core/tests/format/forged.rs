//! A ruleset with records in every section, and every field of every table forged.

use crate::{ask::ask_everything, header::with_header, inputs::whole_ruleset, parts::Parts};
use edgewise_core::{
    Defect::{self, Disorder, Empty, OutOfBounds, OutOfRange, TooDeep, TooMany, UnknownCode},
    Ruleset, RulesetError,
    format::{HEADER_BYTES, Section},
};

/// Far beyond the end of every section.
const FAR: u32 = 0x7fff_ffff;

#[test]
fn every_section_of_the_whole_has_records() {
    let parts = Parts::of(whole_ruleset());
    assert_eq!(parts.sealed(), whole_ruleset());
    for section in Section::ALL {
        assert!(parts.count(section) > 0, "{}", section.name());
    }
}

/// Section, record, where in the record, what is written there, and what is wrong then.
type Forgery = (Section, usize, usize, &'static [u8], Defect);

/// `u32`s that are no index, no offset and no count of the whole ruleset.
const WORD: &[u8] = &FAR.to_le_bytes();
const NO: &[u8] = &[0; 4];

/// Every field that cannot hold anything, in the order of the tables of `format`.
#[rustfmt::skip]
const FORGERIES: &[Forgery] = &[
    (Section::Workspace, 0, 8, WORD, OutOfBounds),
    (Section::Workspace, 0, 12, WORD, OutOfBounds),
    (Section::Workspace, 0, 16, WORD, OutOfBounds),
    (Section::Workspace, 0, 24, &[4], UnknownCode),
    (Section::Workspace, 0, 25, &[2], UnknownCode),
    (Section::Workspace, 0, 31, &[1], UnknownCode),
    (Section::Strings, 0, 0, &[0xff], OutOfRange),
    (Section::UnitTypes, 0, 0, WORD, OutOfBounds),
    (Section::UnitTypes, 0, 4, NO, Empty),
    (Section::Attributes, 1, 0, WORD, OutOfBounds),
    (Section::Attributes, 1, 4, NO, Empty),
    (Section::Attributes, 1, 8, NO, Disorder),
    (Section::Attributes, 1, 12, NO, TooMany),
    (Section::PathSegments, 0, 4, WORD, OutOfBounds),
    (Section::Conditions, 0, 0, &[18], UnknownCode),
    (Section::Conditions, 0, 1, &[6], UnknownCode),
    (Section::Conditions, 0, 2, &[0xff, 0x7f], OutOfBounds),
    (Section::Conditions, 0, 4, WORD, OutOfBounds),
    (Section::Children, 0, 0, WORD, Disorder),
    (Section::Texts, 0, 0, WORD, OutOfBounds),
    (Section::Numbers, 0, 6, &[0xf0, 0x7f], Disorder),
    (Section::Networks, 0, 0, &[0xff], OutOfRange),
    (Section::Patterns, 0, 0, WORD, OutOfBounds),
    (Section::Patterns, 0, 12, NO, OutOfRange),
    (Section::PatternWords, 0, 0, &[0], OutOfRange),
    (Section::Segments, 0, 0, WORD, OutOfBounds),
    (Section::Segments, 0, 4, NO, Empty),
    (Section::Segments, 0, 8, WORD, Disorder),
    (Section::Layers, 0, 4, NO, Empty),
    (Section::Layers, 0, 8, WORD, OutOfBounds),
    (Section::Layers, 0, 24, WORD, OutOfBounds),
    (Section::Layers, 0, 28, &[9], OutOfBounds),
    (Section::Layers, 0, 30, &[1], TooDeep),
    (Section::Layers, 0, 31, &[1], UnknownCode),
    (Section::Layers, 0, 32, WORD, OutOfBounds),
    (Section::Layers, 0, 36, WORD, OutOfBounds),
    (Section::Slots, 0, 0, WORD, OutOfRange),
    (Section::Slots, 0, 4, &1_000_001_u32.to_le_bytes(), Disorder),
    (Section::Holdouts, 0, 4, NO, Empty),
    (Section::Holdouts, 0, 8, WORD, OutOfBounds),
    (Section::Holdouts, 0, 32, WORD, OutOfRange),
    (Section::Holdouts, 0, 36, &[9], OutOfBounds),
    (Section::Holdouts, 0, 38, &[1], UnknownCode),
    (Section::Experiments, 0, 4, NO, Empty),
    (Section::Experiments, 0, 8, WORD, OutOfBounds),
    (Section::Experiments, 0, 68, &[9], OutOfBounds),
    (Section::Experiments, 0, 70, &[5], UnknownCode),
    (Section::Experiments, 0, 70, &[4], OutOfRange),
    (Section::Experiments, 0, 71, &[4], UnknownCode),
    (Section::Experiments, 0, 72, &[1], UnknownCode),
    (Section::Experiments, 0, 73, &[2], UnknownCode),
    (Section::Experiments, 0, 74, &[1], UnknownCode),
    (Section::Experiments, 0, 76, WORD, OutOfRange),
    (Section::Experiments, 0, 80, WORD, OutOfBounds),
    (Section::Experiments, 1, 84, NO, Disorder),
    (Section::Experiments, 0, 88, NO, TooMany),
    (Section::Experiments, 1, 92, NO, Disorder),
    (Section::Experiments, 0, 96, WORD, OutOfBounds),
    (Section::Experiments, 0, 100, WORD, OutOfBounds),
    (Section::Experiments, 0, 104, WORD, OutOfBounds),
    (Section::Experiments, 0, 108, WORD, OutOfBounds),
    (Section::Experiments, 0, 112, WORD, OutOfBounds),
    (Section::Experiments, 0, 116, WORD, OutOfBounds),
    (Section::Experiments, 1, 116, NO, Disorder),
    (Section::Extensions, 0, 0, WORD, OutOfBounds),
    (Section::Extensions, 0, 8, WORD, OutOfBounds),
    (Section::Extensions, 0, 12, WORD, OutOfBounds),
    (Section::Extensions, 0, 20, WORD, OutOfBounds),
    (Section::Extensions, 0, 28, WORD, OutOfBounds),
    (Section::Extensions, 0, 36, WORD, OutOfBounds),
    (Section::Extensions, 0, 44, WORD, OutOfBounds),
    (Section::Extensions, 0, 52, WORD, OutOfBounds),
    (Section::Extensions, 0, 60, WORD, OutOfBounds),
    (Section::Extensions, 0, 68, WORD, OutOfBounds),
    (Section::Extensions, 0, 72, NO, OutOfRange),
    (Section::Extensions, 0, 72, WORD, OutOfBounds),
    (Section::Extensions, 0, 76, WORD, OutOfBounds),
    (Section::Extensions, 0, 80, NO, TooDeep),
    (Section::Extensions, 0, 84, NO, TooDeep),
    (Section::Extensions, 0, 92, &[1], UnknownCode),
    (Section::Variants, 0, 4, NO, Empty),
    (Section::Variants, 0, 12, WORD, OutOfBounds),
    (Section::Variants, 0, 16, &[2], UnknownCode),
    (Section::Variants, 0, 16, &[0], OutOfRange),
    (Section::Variants, 1, 16, &[1], OutOfRange),
    (Section::Variants, 0, 17, &[1], UnknownCode),
    (Section::Overrides, 0, 0, WORD, OutOfBounds),
    (Section::Overrides, 0, 4, WORD, OutOfBounds),
    (Section::Overrides, 0, 8, NO, Empty),
    (Section::Ranges, 0, 0, WORD, OutOfRange),
    (Section::Ranges, 0, 4, NO, OutOfRange),
    (Section::Ranges, 0, 8, WORD, OutOfBounds),
    (Section::RampStages, 0, 8, WORD, Disorder),
    (Section::RampStages, 0, 12, &[1], UnknownCode),
    (Section::ReplayAttributes, 0, 0, WORD, Disorder),
    (Section::Forced, 0, 8, WORD, OutOfBounds),
    (Section::Forced, 0, 12, &[1], UnknownCode),
    (Section::BoundHoldouts, 0, 0, WORD, OutOfBounds),
    (Section::Prerequisites, 0, 0, &[2], UnknownCode),
    (Section::Prerequisites, 0, 4, WORD, OutOfBounds),
    (Section::Prerequisites, 0, 12, WORD, OutOfBounds),
    (Section::Choices, 1, 0, WORD, OutOfBounds),
    (Section::AcceptedValues, 0, 4, NO, Empty),
    (Section::Masks, 0, 0, WORD, OutOfBounds),
    (Section::Placements, 0, 0, WORD, OutOfBounds),
    (Section::Placements, 0, 4, WORD, OutOfBounds),
    (Section::Factors, 0, 4, NO, Empty),
    (Section::Factors, 0, 20, NO, TooMany),
    (Section::Factors, 0, 28, WORD, OutOfBounds),
    (Section::Levels, 0, 4, NO, Empty),
    (Section::LevelRanges, 0, 4, NO, OutOfRange),
    (Section::LevelRanges, 0, 8, WORD, OutOfBounds),
    (Section::Cells, 0, 0, WORD, OutOfBounds),
    (Section::Flags, 0, 4, NO, Empty),
    (Section::Flags, 0, 8, WORD, OutOfBounds),
    (Section::Flags, 0, 28, NO, Empty),
    (Section::Flags, 0, 36, WORD, OutOfBounds),
    (Section::Flags, 0, 44, WORD, OutOfBounds),
    (Section::Flags, 0, 48, &[4], UnknownCode),
    (Section::Flags, 0, 49, &[9], TooDeep),
    (Section::Flags, 0, 50, &[1], UnknownCode),
    (Section::Flags, 0, 52, NO, TooDeep),
    (Section::Rules, 0, 0, WORD, OutOfBounds),
    (Section::Rules, 0, 4, WORD, OutOfBounds),
    (Section::Rules, 0, 8, WORD, OutOfRange),
    (Section::Rules, 0, 16, NO, Empty),
    (Section::Claims, 0, 0, WORD, OutOfBounds),
];

#[test]
fn a_forged_field_is_refused() {
    let whole = Parts::of(whole_ruleset());
    let mut wrong = Vec::new();
    for (section, index, at, bytes, expected) in FORGERIES {
        let mut parts = whole.clone();
        parts.record(*section, *index)[*at..at + bytes.len()].copy_from_slice(bytes);
        let said = Ruleset::read(parts.sealed()).map(|_| ());
        if !matches!(said, Err(RulesetError::Record { defect, .. }) if defect == *expected) {
            wrong.push(format!("{}, record {index}, {at}: {expected:?}, but {said:?}", section.name()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Lists that are sorted hold nothing twice, so two records in each other's place are noticed.
#[test]
fn lists_out_of_order_are_refused() {
    let whole = Parts::of(whole_ruleset());
    for section in [
        Section::Texts,
        Section::Numbers,
        Section::Hashes,
        Section::Networks,
        Section::Segments,
        Section::Slots,
        Section::Variants,
        Section::Ranges,
        Section::RampStages,
        Section::ReplayAttributes,
        Section::Forced,
        Section::Choices,
        Section::LevelRanges,
        Section::Flags,
        Section::Experiments,
        Section::Holdouts,
        Section::Layers,
    ] {
        let mut parts = whole.clone();
        let first = parts.record(section, 0).to_vec();
        let second = parts.record(section, 1).to_vec();
        parts.record(section, 0).copy_from_slice(&second);
        parts.record(section, 1).copy_from_slice(&first);
        assert!(Ruleset::read(parts.sealed()).is_err(), "{}", section.name());
        parts.record(section, 0).copy_from_slice(&first);
        assert!(Ruleset::read(parts.sealed()).is_err(), "{} twice", section.name());
    }
}

/// What belongs to nobody would never be looked at again.
#[test]
fn records_of_nobody_are_refused() {
    let whole = Parts::of(whole_ruleset());
    let unowned = [
        Section::Strings,
        Section::UnitTypes,
        Section::Attributes,
        Section::Conditions,
        Section::Patterns,
        Section::Segments,
        Section::Layers,
        Section::Holdouts,
        Section::Experiments,
        Section::Flags,
    ];
    for section in Section::ALL.into_iter().filter(|section| !unowned.contains(section)) {
        let mut parts = whole.clone();
        let last = parts.count(section) - 1;
        let record = parts.record(section, last).to_vec();
        parts.bytes(section).extend(record);
        assert!(Ruleset::read(parts.sealed()).is_err(), "{}", section.name());
    }
}

type Forge = fn(&mut Parts);

/// Nothing depends on itself: neither layers, nor segments, nor experiments and flags.
#[test]
fn circles_are_refused() {
    let whole = Parts::of(whole_ruleset());
    let circles: [(&str, Forge); 5] = [
        ("a layer within itself", |parts| parts.set(Section::Layers, 0, 24, 0)),
        ("an experiment that masks itself", |parts| {
            let own = experiment_with(parts, 40);
            parts.set(Section::Masks, 0, 0, own);
        }),
        ("an experiment that requires itself", |parts| {
            let own = experiment_with(parts, 32);
            parts.set(Section::Prerequisites, 0, 4, own);
        }),
        ("a segment that uses itself", |parts| {
            let count = parts.count(Section::Conditions);
            let is_segment = |parts: &mut Parts, index| parts.record(Section::Conditions, index)[0] == 4;
            let index = (0..count).find(|index| is_segment(parts, *index)).unwrap();
            let segment = parts.word(Section::Conditions, index, 4) as usize;
            parts.set(Section::Segments, segment, 8, index as u32);
        }),
        ("a condition that is its own child", |parts| {
            let count = parts.count(Section::Conditions);
            let is_not = |parts: &mut Parts, index| parts.record(Section::Conditions, index)[0] == 3;
            let index = (0..count).find(|index| is_not(parts, *index)).unwrap();
            parts.set(Section::Conditions, index, 4, index as u32);
        }),
    ];
    for (circle, forge) in circles {
        let mut parts = whole.clone();
        forge(&mut parts);
        assert!(Ruleset::read(parts.sealed()).is_err(), "{circle}");
    }
}

/// The first experiment whose extension has a slice at `at` that is not empty.
fn experiment_with(parts: &mut Parts, at: usize) -> u32 {
    let has = |parts: &mut Parts, experiment| {
        let extension = parts.word(Section::Experiments, experiment, 116) as usize;
        extension < parts.count(Section::Extensions) && parts.word(Section::Extensions, extension, at + 4) > 0
    };
    let count = parts.count(Section::Experiments);
    (0..count).find(|experiment| has(parts, *experiment)).unwrap() as u32
}

/// Whatever one byte says, the ruleset is refused or answers.
#[test]
fn every_byte_may_be_anything() {
    let bytes = whole_ruleset();
    let context: Vec<u8> = bytes.iter().rev().take(600).copied().collect();
    let mut answered = 0;
    for at in HEADER_BYTES..bytes.len() {
        for value in [bytes[at].wrapping_add(1), bytes[at] ^ 0x80, 0, 0xff] {
            let mut body = bytes[HEADER_BYTES..].to_vec();
            body[at - HEADER_BYTES] = value;
            if let Ok(ruleset) = Ruleset::read(with_header(&body)) {
                ask_everything(&ruleset, &context, 0);
                answered += 1;
            }
        }
    }
    assert!(answered > 1000, "only {answered} were read at all");
}
