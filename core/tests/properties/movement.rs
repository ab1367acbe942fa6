//! Who moves when a document changes: nobody, unless the change says so.

use super::{answer, compiled, config, flag_answer};
use crate::{
    arbitrary::{Case, cases},
    naive::Answer,
};
use edgewise_core::{
    compile,
    document::{BucketRange, Claim, Condition, Document, Experiment, Prerequisite, TextComparison},
};
use proptest::{prelude::*, sample::Index};
use serde_json::{Map, Value as Json, json};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_a_document_changes_no_byte(case in cases(), turns in 0..5_usize, back: bool) {
        let reordered = reordered(case.document.clone(), &|list| turn(list, turns, back));
        prop_assert_eq!(compile(&case.document).unwrap(), compile(&reordered).unwrap());
    }

    #[test]
    fn a_rename_that_keeps_the_salt_moves_nobody(case in cases()) {
        let renamed = renamed(case.clone());
        let (before, after) = (compiled(&case.document), compiled(&renamed.document));
        for experiment in &case.document.experiments {
            let mut expected = answer(&before, &experiment.id, &case);
            expected.holdout = expected.holdout.as_deref().map(new_name);
            prop_assert_eq!(answer(&after, &new_name(&experiment.id), &renamed), expected);
        }
        for flag in &case.document.flags {
            let mut expected = flag_answer(&before, &flag.id, &case);
            expected.experiment = expected.experiment.as_deref().map(new_name);
            prop_assert_eq!(flag_answer(&after, &new_name(&flag.id), &renamed), expected);
        }
    }

    /// In time, where nothing else depends on time.
    #[test]
    fn a_unit_that_a_ramp_let_in_stays_in_its_variant(mut case in cases(), later in 0..20_i64) {
        alone(&mut case.document);
        for experiment in &mut case.document.experiments {
            experiment.end = None;
        }
        let case = without_clock(case);
        let ruleset = compiled(&case.document);
        let then = Case { now: case.now + later, ..case.clone() };
        for experiment in &case.document.experiments {
            let first = answer(&ruleset, &experiment.id, &case);
            if first.variant.is_some() {
                prop_assert_eq!(answer(&ruleset, &experiment.id, &then), first);
            }
        }
    }

    /// From one document to the next.
    #[test]
    fn a_larger_ramp_only_adds(case in cases(), at: Index, more in 0..=1_000_000_u32) {
        let mut larger = case.clone();
        let experiment = at.get_mut(&mut larger.document.experiments);
        for stage in &mut experiment.ramp {
            stage.buckets = (stage.buckets + more).min(1_000_000);
        }
        let id = experiment.id.clone();
        let before = answer(&compiled(&case.document), &id, &case);
        let after = answer(&compiled(&larger.document), &id, &larger);
        if before.reason == "not_in_ramp" {
            prop_assert_eq!(&after.epoch, &before.epoch);
        } else {
            prop_assert_eq!(after, before);
        }
    }

    #[test]
    fn a_larger_holdout_only_removes(mut case in cases(), at: Index, more in 1..=1_000_000_u32) {
        // An experiment that is held out masks nobody, and meets nobody's prerequisite.
        alone(&mut case.document);
        if case.document.holdouts.is_empty() {
            return Ok(());
        }
        let mut larger = case.clone();
        let holdout = at.get_mut(&mut larger.document.holdouts);
        holdout.buckets = (holdout.buckets + more).min(1_000_000);
        let id = holdout.id.clone();
        let (before, after) = (compiled(&case.document), compiled(&larger.document));
        for experiment in &case.document.experiments {
            let first = answer(&before, &experiment.id, &case);
            let then = answer(&after, &experiment.id, &larger);
            if then != first {
                prop_assert!(["held_out", "held_back"].contains(&then.reason), "{:?}", then);
                prop_assert_eq!(then.holdout, Some(id.clone()));
                prop_assert!(experiment.holdouts.contains(&id) || then.reason == "held_back");
            }
        }
    }

    /// With slots that were free, and flags of its own or none.
    #[test]
    fn a_new_experiment_moves_nobody(case in cases(), like: Index, layer: Index) {
        let mut more = case.clone();
        more.document.experiments.push(newcomer(&case.document, like, layer));
        let (before, after) = (compiled(&case.document), compiled(&more.document));
        for experiment in &case.document.experiments {
            let expected = answer(&before, &experiment.id, &case);
            prop_assert_eq!(answer(&after, &experiment.id, &more), expected);
        }
        for flag in &case.document.flags {
            prop_assert_eq!(flag_answer(&after, &flag.id, &more), flag_answer(&before, &flag.id, &case));
        }
    }

    /// Nor does taking away one that nothing depends on.
    #[test]
    fn an_experiment_without_the_others_answers_alike(mut case in cases(), kept: Index) {
        alone(&mut case.document);
        let mut single = case.clone();
        single.document.experiments = vec![kept.get(&case.document.experiments).clone()];
        // A record of an experiment that is gone holds no slot any more.
        let id = single.document.experiments[0].id.clone();
        let own = |case: &mut Case| {
            let records = case.directives["sticky"].as_array_mut().unwrap();
            records.retain(|record| record["experiment"] == *id);
        };
        own(&mut case);
        own(&mut single);
        let expected: Answer = answer(&compiled(&case.document), &id, &case);
        prop_assert_eq!(answer(&compiled(&single.document), &id, &single), expected);
    }
}

/// The same document with every list whose order means nothing turned and perhaps reversed.
fn reordered(mut document: Document, turn: &dyn Fn(&mut dyn Turning)) -> Document {
    turn(&mut document.segments);
    turn(&mut document.layers);
    turn(&mut document.holdouts);
    turn(&mut document.experiments);
    turn(&mut document.flags);
    for layer in &mut document.layers {
        layer.within.iter_mut().for_each(|claim| turn(&mut claim.slots));
    }
    for experiment in &mut document.experiments {
        turn(&mut experiment.variants);
        turn(&mut experiment.allocation);
        turn(&mut experiment.forced);
        experiment.layer.iter_mut().for_each(|claim| turn(&mut claim.slots));
        experiment.factors.iter_mut().for_each(|factor| turn(&mut factor.allocation));
        for prerequisite in &mut experiment.prerequisites {
            if let Prerequisite::Experiment { variants, .. } = prerequisite {
                turn(variants);
            }
        }
    }
    each_leaf_of(&mut document, &mut |leaf| match leaf {
        Condition::In(test) => turn(&mut test.values),
        Condition::Network(test) => turn(&mut test.networks),
        Condition::Holds(test) => turn(&mut test.values),
        _ => {}
    });
    document
}

/// A list of whatever.
trait Turning {
    fn turn(&mut self, turns: usize, back: bool);
}

impl<T> Turning for Vec<T> {
    fn turn(&mut self, turns: usize, back: bool) {
        let turns = turns.checked_rem(self.len()).unwrap_or(0);
        self.rotate_left(turns);
        if back {
            self.reverse();
        }
    }
}

fn turn(list: &mut dyn Turning, turns: usize, back: bool) {
    list.turn(turns, back);
}

/// Another name, and another order of names.
fn new_name(id: &str) -> String {
    let first = id.bytes().next().unwrap_or(b'a');
    format!("{}_renamed_{id}", char::from(b'a' + b'z' - first))
}

/// The case with new names for everything but variants, and the old salts.
fn renamed(mut case: Case) -> Case {
    fn rename(id: &mut String) {
        *id = new_name(id);
    }
    let document = &mut case.document;
    document.segments.iter_mut().for_each(|segment| rename(&mut segment.id));
    document.holdouts.iter_mut().for_each(|holdout| rename(&mut holdout.id));
    document.flags.iter_mut().for_each(|flag| rename(&mut flag.id));
    for layer in &mut document.layers {
        rename(&mut layer.id);
        layer.within.iter_mut().for_each(|claim| rename(&mut claim.layer));
    }
    for experiment in &mut document.experiments {
        rename(&mut experiment.id);
        experiment.holdouts.iter_mut().for_each(rename);
        experiment.layer.iter_mut().for_each(|claim| rename(&mut claim.layer));
        experiment
            .graduation
            .iter_mut()
            .filter_map(|graduation| graduation.hold_back.as_mut())
            .for_each(rename);
        for prerequisite in &mut experiment.prerequisites {
            match prerequisite {
                Prerequisite::Experiment { id, .. } | Prerequisite::Flag { id, .. } => rename(id),
            }
        }
        for variant in &mut experiment.variants {
            let overrides = std::mem::take(&mut variant.overrides).into_iter();
            variant.overrides = overrides.map(|(flag, value)| (new_name(&flag), value)).collect();
        }
    }
    each_leaf_of(document, &mut |leaf| {
        if let Condition::Segment(id) = leaf {
            rename(id);
        }
    });
    let directives = &mut case.directives;
    for record in directives["sticky"].as_array_mut().unwrap() {
        record["experiment"] = json!(new_name(record["experiment"].as_str().unwrap()));
    }
    for by_experiment in ["forced", "counters"] {
        let entries = directives[by_experiment].as_object().unwrap().iter();
        let renamed: Map<String, Json> = entries.map(|(id, value)| (new_name(id), value.clone())).collect();
        directives[by_experiment] = Json::Object(renamed);
    }
    case
}

/// Takes away what makes experiments depend on one another: overrides, prerequisites, and others' sticky records.
fn alone(document: &mut Document) {
    for experiment in &mut document.experiments {
        experiment.prerequisites.clear();
        experiment.variants.iter_mut().for_each(|variant| variant.overrides.clear());
    }
}

/// The case with the conditions that look at the clock holding for ever.
fn without_clock(mut case: Case) -> Case {
    each_leaf_of(&mut case.document, &mut |leaf| {
        if matches!(leaf, Condition::Timestamp(TextComparison { attribute, .. }) if attribute.is_empty()) {
            *leaf = Condition::Constant(true);
        }
    });
    case
}

/// An experiment like one of the document, under another name, in what is free of a layer of its unit type.
fn newcomer(document: &Document, like: Index, layer: Index) -> Experiment {
    let mut new = like.get(&document.experiments).clone();
    new.id = "ca_newcomer".into();
    new.salt = "experiment:ca_newcomer@1".into();
    new.share_salt = false;
    new.variants.iter_mut().for_each(|variant| variant.overrides.clear());
    let layers: Vec<_> = document.layers.iter().filter(|layer| layer.unit == new.unit).collect();
    new.layer = (!layers.is_empty()).then(|| {
        let layer = layer.get(&layers).id.clone();
        Claim { slots: free(document, &layer), layer }
    });
    new
}

/// The buckets of a layer that nobody holds.
fn free(document: &Document, layer: &str) -> Vec<BucketRange> {
    let nested = document.layers.iter().filter_map(|layer| layer.within.as_ref());
    let claims = nested.chain(document.experiments.iter().filter_map(|experiment| experiment.layer.as_ref()));
    let claims = claims.filter(|claim| claim.layer == layer);
    let mut held: Vec<BucketRange> = claims.flat_map(|claim| claim.slots.clone()).collect();
    held.sort_unstable();
    held.push(BucketRange { start: 1_000_000, end: 1_000_000 });
    let mut from = 0;
    let mut free = Vec::new();
    for slot in held {
        if from < slot.start {
            free.push(BucketRange { start: from, end: slot.start });
        }
        from = from.max(slot.end);
    }
    free
}

/// Lets `change` have every condition of the document that holds no others.
pub(crate) fn each_leaf_of(document: &mut Document, change: &mut dyn FnMut(&mut Condition)) {
    let segments = document.segments.iter_mut().map(|segment| &mut segment.condition);
    let flags = document.flags.iter_mut().flat_map(|flag| &mut flag.rules);
    let rules = flags.filter_map(|rule| rule.condition.as_mut());
    segments.chain(rules).for_each(|condition| each_leaf(condition, change));
    for experiment in &mut document.experiments {
        let placements = experiment.placements.iter_mut().map(|placement| &mut placement.condition);
        let conditions = experiment.targeting.iter_mut().chain(placements);
        conditions.for_each(|condition| each_leaf(condition, change));
    }
}

fn each_leaf(condition: &mut Condition, change: &mut dyn FnMut(&mut Condition)) {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => {
            for part in parts {
                each_leaf(part, change);
            }
        }
        Condition::Not(part) => each_leaf(part, change),
        leaf => change(leaf),
    }
}
