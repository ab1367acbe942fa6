//! Who moves when a document changes: nobody, unless the change says so.

use super::{compiled, config};
use crate::{
    arbitrary::{contexts, documents, times},
    support::context::JsonContext,
};
use edgewise_core::{Reason, Silent, compile, document::Document};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_a_document_changes_no_byte(document in documents(), turns in 0..4_usize, back: bool) {
        let reordered = reordered(document.clone(), turns, back);
        prop_assert_eq!(compile(&document).unwrap(), compile(&reordered).unwrap());
    }

    #[test]
    fn a_rename_that_keeps_the_salt_moves_nobody(document in documents(), context in contexts(), now in times()) {
        let mut renamed = document.clone();
        for experiment in &mut renamed.experiments {
            experiment.id.insert_str(0, "renamed_");
        }
        let (before, after) = (compiled(&document), compiled(&renamed));
        for experiment in before.experiments() {
            let other = after.find_experiment(&format!("renamed_{}", experiment.id())).unwrap();
            let answer = experiment.assign(&JsonContext::new(&context, &before), now, &mut Silent);
            let again = other.assign(&JsonContext::new(&context, &after), now, &mut Silent);
            prop_assert_eq!(answer, again);
            prop_assert_eq!(experiment.epoch(), other.epoch());
        }
    }

    #[test]
    fn a_unit_that_a_ramp_let_in_stays_in_its_variant(
        mut document in documents(), context in contexts(), now in times(), later in 0..20_i64,
    ) {
        for experiment in &mut document.experiments {
            experiment.end = None;
        }
        let ruleset = compiled(&document);
        let context = JsonContext::new(&context, &ruleset);
        for experiment in ruleset.experiments() {
            let first = experiment.assign(&context, now, &mut Silent);
            if first.reason == Reason::Assigned {
                prop_assert_eq!(experiment.assign(&context, now + later, &mut Silent), first);
            }
        }
    }

    #[test]
    fn another_experiment_or_flag_moves_nobody(
        document in documents(), context in contexts(), now in times(), kept in 0..4_usize,
    ) {
        let mut alone = document.clone();
        let kept = document.experiments[kept % document.experiments.len()].clone();
        alone.experiments = vec![kept.clone()];
        let (all, one) = (compiled(&document), compiled(&alone));
        let among = all.find_experiment(&kept.id).unwrap();
        let single = one.find_experiment(&kept.id).unwrap();
        prop_assert_eq!(among.epoch(), single.epoch());
        prop_assert_eq!(
            among.assign(&JsonContext::new(&context, &all), now, &mut Silent),
            single.assign(&JsonContext::new(&context, &one), now, &mut Silent)
        );
    }
}

/// The same document with every list whose order means nothing turned and perhaps reversed.
fn reordered(mut document: Document, turns: usize, back: bool) -> Document {
    fn turn<T>(list: &mut [T], turns: usize, back: bool) {
        let turns = turns.checked_rem(list.len()).unwrap_or(0);
        list.rotate_left(turns);
        if back {
            list.reverse();
        }
    }
    turn(&mut document.experiments, turns, back);
    turn(&mut document.flags, turns, back);
    for experiment in &mut document.experiments {
        turn(&mut experiment.variants, turns, back);
        turn(&mut experiment.allocation, turns, back);
    }
    document
}
