//! Bytes that contradict the format are refused at their place.

use super::{check, digest_of};
use crate::{
    Defect, RulesetError,
    document::Document,
    format::{HEADER_BYTES, Section},
};
use std::vec::Vec;

fn two_experiments() -> Vec<u8> {
    let experiment = |id: &str| {
        serde_json::json!({
            "id": id, "iteration": 1, "salt": std::format!("experiment:{id}@1"), "unit": "user", "state": "running",
            "variants": [{"id": "a", "control": true}, {"id": "b"}],
            "allocation": [
                {"start": 0, "end": 500_000, "variant": "a"},
                {"start": 500_000, "end": 1_000_000, "variant": "b"}
            ]
        })
    };
    let experiments = [experiment("first"), experiment("second")];
    let document =
        serde_json::json!({"seed": "9f86d081884c7d65", "units": ["user"], "experiments": experiments});
    crate::compile(&serde_json::from_value::<Document>(document).unwrap()).unwrap()
}

/// The bytes with a number of one record written over, under a digest that fits again.
fn forged(section: Section, index: usize, at: usize, value: u32) -> Vec<u8> {
    let mut bytes = two_experiments();
    let extent = check(&bytes).unwrap().extents[section as usize];
    let place = extent.offset + index * section.record_bytes() + at;
    bytes[place..place + 4].copy_from_slice(&value.to_le_bytes());
    let digest = digest_of(&bytes).to_bytes();
    bytes[16..HEADER_BYTES].copy_from_slice(&digest);
    bytes
}

#[test]
fn forged_records_are_refused_at_their_place() {
    let experiments = Section::Experiments;
    let cases = [
        // Two experiments that share one slice would have every record looked at twice.
        (Section::Experiments, 92, 0, Defect::Disorder),
        (Section::Experiments, 96, 9, Defect::OutOfBounds),
        (Section::Experiments, 72, 0x0200, Defect::UnknownCode),
        (Section::Experiments, 76, 10_000, Defect::OutOfRange),
        (Section::Experiments, 116, 1, Defect::OutOfBounds),
    ];
    for (section, at, value, defect) in cases {
        let refused = check(&forged(section, 1, at, value)).unwrap_err();
        assert_eq!(refused, RulesetError::Record { section: experiments, index: 1, defect });
    }
}

#[test]
fn two_controls_or_a_record_of_nobody_are_refused() {
    let two_controls = check(&forged(Section::Variants, 1, 16, 1)).unwrap_err();
    let expected =
        RulesetError::Record { section: Section::Experiments, index: 0, defect: Defect::OutOfRange };
    assert_eq!(two_controls, expected);
    let left_over = check(&forged(Section::Experiments, 1, 96, 1)).unwrap_err();
    assert_eq!(
        left_over,
        RulesetError::Record { section: Section::Ranges, index: 3, defect: Defect::Disorder }
    );
}
