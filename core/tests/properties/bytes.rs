//! Bytes from anywhere: altered, cut, or made up. They are refused, or they answer; they never panic.

use super::{compiled, config};
use crate::{
    arbitrary::{cases, documents},
    ask::ask_everything,
    context,
    header::with_header,
};
use edgewise_core::{Ruleset, RulesetError, compile, format::HEADER_BYTES};
use proptest::{collection::vec, prelude::*, sample::Index};

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
    fn more_bytes_than_declared_are_noticed(document in documents(), more in vec(any::<u8>(), 1..100)) {
        let mut bytes = compile(&document).unwrap();
        let declared = bytes.len();
        bytes.extend(more);
        let expected = RulesetError::TrailingBytes { given: bytes.len(), declared };
        prop_assert_eq!(Ruleset::read(&bytes[..]).map(|_| ()), Err(expected));
    }

    /// An attacker, or a compiler with a bug, seals what it wrote: the digest is right and the records are not.
    #[test]
    fn altered_records_under_a_right_digest_never_panic(
        case in cases(),
        alterations in vec((any::<Index>(), alteration()), 1..4),
        context in vec(any::<u8>(), 0..400),
        now: i64,
    ) {
        let mut bytes = compile(&case.document).unwrap();
        for (at, alteration) in alterations {
            let at = HEADER_BYTES + at.index(bytes.len() - HEADER_BYTES);
            bytes[at] = alteration(bytes[at]);
        }
        let bytes = with_header(&bytes[HEADER_BYTES..]);
        if let Ok(ruleset) = Ruleset::read(&bytes[..]) {
            ask_everything(&ruleset, &context, now);
            ask_everything(&ruleset, &super::context(&case, &ruleset).encode(), case.now);
        }
    }

    #[test]
    fn made_up_bytes_are_refused(bytes in vec(any::<u8>(), 0..600), magic: bool) {
        let bytes = if magic { with_header(&bytes) } else { bytes };
        prop_assert!(Ruleset::read(&bytes[..]).is_err());
    }

    #[test]
    fn made_up_contexts_are_answered(document in documents(), context in vec(any::<u8>(), 0..400), now: i64) {
        ask_everything(&compiled(&document), &context, now);
    }

    /// Records, lengths and offsets that were right before.
    #[test]
    fn altered_contexts_are_answered(
        case in cases(), alterations in vec((any::<Index>(), alteration()), 1..6), now: i64,
    ) {
        let ruleset = compiled(&case.document);
        let mut bytes = context(&case, &ruleset).encode();
        for (at, alteration) in alterations {
            let byte = at.get_mut(&mut bytes);
            *byte = alteration(*byte);
        }
        ask_everything(&ruleset, &bytes, now);
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
