//! Drawing the unit of a sticky record again.
//!
//! Whether the unit was targeted back then nobody knows any more, since the exposure carries the attributes of today.
//! The draw itself needs none: it is the unit's hash and the allocation, and the epoch names both.

use super::Mismatch;
use crate::{context::ReplayContext, event::Exposure};
use edgewise_core::{AllocationRange, Bucket, Experiment, Ruleset, Silent, Truth, Variant};
use std::collections::BTreeMap;

/// In what the draw of `ruleset`, which holds the record's epoch, differs from the record.
pub(super) fn difference(
    ruleset: &Ruleset<Vec<u8>>,
    exposure: &Exposure,
    units: &BTreeMap<String, String>,
) -> Option<Mismatch> {
    let experiment = ruleset.find_experiment(&exposure.experiment)?;
    // What a fallback drew is kept when the first unit comes to be known, so either may have been drawn.
    let fallback = experiment.fallback().and_then(|index| ruleset.unit_types().nth(index));
    let mut candidates =
        [Some(&exposure.unit), fallback.and_then(|unit_type| units.get(unit_type))].into_iter();
    if !candidates.any(|id| id.is_some_and(|id| drawn(experiment, id.as_bytes()) == Some(&exposure.variant)))
    {
        return Some(Mismatch::StickyVariant);
    }
    let context = ReplayContext::new(ruleset, exposure, units);
    let now = exposure.evaluated_at.as_millisecond();
    let places = experiment
        .placements()
        .any(|(condition, _)| condition.evaluate(&context, now, &mut Silent) == Truth::True);
    places.then_some(Mismatch::StickyPlaced)
}

/// The variant that the experiment's allocation draws the unit into.
fn drawn<'a>(experiment: Experiment<'a>, unit: &[u8]) -> Option<&'a str> {
    let index = if experiment.factors().len() == 0 {
        holder(experiment.allocation(), experiment.key().hash(unit).variant())?
    } else {
        let mut cell = 0;
        for factor in experiment.factors() {
            let level = holder(factor.allocation(), factor.key().hash(unit).variant())?;
            cell = cell * factor.levels().len() + level;
        }
        experiment.cells().nth(cell)?
    };
    experiment.variant(index).map(Variant::id)
}

/// Whose range holds the bucket.
fn holder(mut ranges: impl Iterator<Item = AllocationRange>, bucket: Bucket) -> Option<usize> {
    let found = ranges.find(|range| (range.start..range.end).contains(&bucket.get()))?;
    Some(found.variant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use edgewise_core::{Attributes, Unit, compile};
    use serde_json::{Value, json};

    fn ruleset(how: &Value) -> Ruleset<Vec<u8>> {
        let mut experiment = json!({
            "id": "tone", "iteration": 1, "salt": "experiment:tone@1", "unit": "user", "state": "running",
            "variants": [{"id": "a", "control": true}, {"id": "b"}, {"id": "c"}, {"id": "d"}],
        });
        let fields = how.as_object().unwrap().clone();
        experiment.as_object_mut().unwrap().extend(fields);
        let document = json!({"seed": "9f86d081884c7d65", "units": ["user"], "experiments": [experiment]});
        Ruleset::read(compile(&serde_json::from_value(document).unwrap()).unwrap()).unwrap()
    }

    fn level(start: u32, end: u32, level: &str) -> Value {
        json!({"start": start, "end": end, "level": level})
    }

    #[test]
    fn a_draw_is_that_of_the_assignment() {
        let half =
            |first: &str, second: &str| json!([level(0, 500_000, first), level(500_000, 900_000, second)]);
        let factors = json!({
            "factors": [
                {"id": "size", "levels": ["s", "l"], "allocation": half("s", "l")},
                {"id": "hue", "levels": ["red", "blue"], "allocation": half("blue", "red")},
            ],
            "cells": ["a", "b", "c", "d"],
        });
        let ranges = ["d", "a", "c"].iter().zip([0_u32, 300_000, 600_000]);
        let allocation: Vec<Value> =
            ranges.map(|(id, at)| json!({"start": at, "end": at + 290_000, "variant": id})).collect();
        for ruleset in [ruleset(&factors), ruleset(&json!({"allocation": allocation}))] {
            let experiment = ruleset.find_experiment("tone").unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for index in 0..500 {
                let unit = format!("u_{index}");
                let context = Attributes { units: &[Unit::new(unit.as_bytes())], attributes: &[] };
                let answer = experiment.assign(&context, 0, &mut Silent);
                let assigned = answer.variant.and_then(|index| experiment.variant(index)).map(Variant::id);
                assert_eq!(drawn(experiment, unit.as_bytes()), assigned, "{unit}");
                seen.insert(assigned);
            }
            assert!(seen.len() > 3, "variants and nobody's buckets were met: {seen:?}");
        }
    }
}
