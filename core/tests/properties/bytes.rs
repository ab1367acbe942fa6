//! Bytes from anywhere: altered, cut, or made up. They are refused, or they answer; they never panic.

use super::config;
use crate::arbitrary::documents;
use edgewise_core::{
    Digest, EncodedContext, Ruleset, RulesetError, Silent, Trace, compile, format::HEADER_BYTES,
};
use proptest::{collection::vec, prelude::*, sample::Index};
use std::fmt::Write as _;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_altered_byte_is_noticed(document in documents(), at: Index, flip in 1..=u8::MAX) {
        let mut bytes = compile(&document).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(Ruleset::read(&bytes[..]).is_err());
    }

    #[test]
    fn a_cut_ruleset_is_noticed(document in documents(), end: Index) {
        let bytes = compile(&document).unwrap();
        let cut = Ruleset::read(&bytes[..end.index(bytes.len())]);
        let said = matches!(cut, Err(RulesetError::Truncated { .. } | RulesetError::NotARuleset));
        prop_assert!(said, "{:?}", cut.map(|_| ()));
    }

    #[test]
    fn more_bytes_than_declared_are_noticed(document in documents(), more in vec(any::<u8>(), 1..20)) {
        let mut bytes = compile(&document).unwrap();
        let declared = bytes.len();
        bytes.extend(more);
        let expected = RulesetError::TrailingBytes { given: bytes.len(), declared };
        prop_assert_eq!(Ruleset::read(&bytes[..]).map(|_| ()), Err(expected));
    }

    /// An attacker, or a compiler with a bug, seals what it wrote: the digest is right and the records are not.
    #[test]
    fn altered_records_under_a_right_digest_never_panic(
        document in documents(),
        alterations in vec((any::<Index>(), alteration()), 1..4),
        context in vec(any::<u8>(), 0..400),
        now: i64,
    ) {
        let mut bytes = compile(&document).unwrap();
        for (at, alteration) in alterations {
            let at = HEADER_BYTES + at.index(bytes.len() - HEADER_BYTES);
            bytes[at] = alteration(bytes[at]);
        }
        let digest = Digest::of(&[&bytes[..16], &bytes[HEADER_BYTES..]]);
        bytes[16..HEADER_BYTES].copy_from_slice(&digest.to_bytes());
        if let Ok(ruleset) = Ruleset::read(&bytes[..]) {
            ask_everything(&ruleset, &context, now);
        }
    }

    #[test]
    fn made_up_bytes_are_refused(bytes in vec(any::<u8>(), 0..600), magic: bool) {
        let bytes = if magic { [&b"EDGEWISE\x01\x00"[..], &bytes].concat() } else { bytes };
        prop_assert!(Ruleset::read(&bytes[..]).is_err());
    }

    #[test]
    fn made_up_contexts_are_answered(document in documents(), context in vec(any::<u8>(), 0..400), now: i64) {
        let bytes = compile(&document).unwrap();
        ask_everything(&Ruleset::read(&bytes[..]).unwrap(), &context, now);
    }
}

/// Small steps find off-by-one errors, extremes find overflows.
fn alteration() -> impl Strategy<Value = fn(u8) -> u8> {
    let alterations: [fn(u8) -> u8; 6] = [
        |byte| byte.wrapping_add(1),
        |byte| byte.wrapping_sub(1),
        |byte| byte ^ 0x80,
        |_| 0,
        |_| 0x7f,
        |_| 0xff,
    ];
    prop::sample::select(alterations.to_vec())
}

/// Uses all that a ruleset offers.
fn ask_everything(ruleset: &Ruleset<&[u8]>, context: &[u8], now: i64) {
    let context = EncodedContext::new(context, ruleset);
    let mut read = format!("{:?} {:?} {}", ruleset.tenant(), ruleset.environment(), ruleset.digest());
    read.extend(ruleset.unit_types());
    for attribute in ruleset.attributes() {
        read.push_str(attribute.name());
        read.extend(attribute.path());
    }
    for experiment in ruleset.experiments() {
        let mut trace = Trace::default();
        let answer = experiment.assign(&context, now, &mut trace);
        assert_eq!(answer, experiment.assign(&context, now, &mut Silent));
        assert!(answer.variant.is_none_or(|index| experiment.variant(index).is_some()));
        let described = (experiment.id(), experiment.salt(), experiment.plan(), experiment.unit_type_name());
        write!(read, "{trace:?} {described:?}").unwrap();
        let lists = (experiment.allocation(), experiment.ramp_stages(), experiment.attributes());
        read.extend(lists.0.map(|range| format!("{range:?}")));
        read.extend(lists.1.map(|stage| format!("{stage:?}")));
        read.extend(lists.2.map(|attribute| format!("{attribute:?}")));
        for variant in experiment.variants() {
            write!(read, "{} {}", variant.id(), variant.is_control()).unwrap();
            read.extend(variant.overrides().map(|(flag, value)| format!("{flag} {value}")));
        }
    }
    for flag in ruleset.flags() {
        let evaluation = flag.evaluate(&context, now, &mut Trace::default());
        assert!(!evaluation.value.is_empty());
        write!(read, "{} {:?}", flag.id(), flag.value_type()).unwrap();
        read.extend(flag.claimed_by().map(|experiment| format!("{experiment}")));
        read.extend(flag.rule_values());
    }
    assert!(!read.is_empty());
}
