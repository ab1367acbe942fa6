//! Layers as sets of buckets.

use super::{draws, records};
use crate::arbitrary::Case;
use edgewise_core::document::{Claim, Document, Experiment, Layer};

/// The experiment's claim, that of its layer in the layer around it, and so on.
fn outwards<'a>(document: &'a Document, experiment: &'a Experiment) -> Vec<&'a Claim> {
    let mut claims: Vec<&Claim> = experiment.layer.iter().collect();
    while let Some(around) = claims.last().and_then(|claim| layer(document, claim).within.as_ref()) {
        claims.push(around);
    }
    claims
}

fn layer<'a>(document: &'a Document, claim: &Claim) -> &'a Layer {
    document.layers.iter().find(|layer| layer.id == claim.layer).unwrap()
}

/// Slots in rising order, touching ones as one.
fn slots(claim: &Claim) -> Vec<(u32, u32)> {
    let mut slots: Vec<(u32, u32)> = claim.slots.iter().map(|slot| (slot.start, slot.end)).collect();
    slots.sort_unstable();
    while let Some(at) = slots.windows(2).position(|pair| pair[0].1 == pair[1].0) {
        slots[at].1 = slots[at + 1].1;
        slots.remove(at + 1);
    }
    slots
}

/// Whether no unit's buckets lie in the slots of both.
pub(super) fn exclude(document: &Document, one: &Experiment, other: &Experiment) -> bool {
    outwards(document, one).iter().any(|left| {
        outwards(document, other).iter().filter(|right| right.layer == left.layer).any(|right| {
            let mut meets = slots(left).into_iter().flat_map(|slot| {
                slots(right).into_iter().map(move |other| slot.0.max(other.0) < slot.1.min(other.1))
            });
            !meets.any(|meets| meets)
        })
    })
}

/// At each level the first record of somebody in the layer decides, else the bucket.
pub(super) fn admits(case: &Case, experiment: &Experiment, unit: &str) -> bool {
    let records = records(case);
    outwards(&case.document, experiment).into_iter().all(|level| {
        for record in &records {
            let theirs = outwards(&case.document, record.experiment);
            if let Some(theirs) = theirs.into_iter().find(|claim| claim.layer == level.layer) {
                let shared = !slots(level).is_empty() && slots(theirs) == slots(level);
                return record.experiment.id == experiment.id || shared;
            }
        }
        let (bucket, _) = draws(&case.document, &layer(&case.document, level).salt, unit);
        slots(level).iter().any(|(start, end)| (*start..*end).contains(&bucket))
    })
}
