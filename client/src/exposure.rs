//! What answers are as events. Which answers are exposures the interpreter says; here they are written down.

use crate::{
    context::Asking,
    event::{Exposure, Kind},
};
use edgewise_core::{Assignment, Experiment, Holdout, Layer, Reason, Ruleset, Variant};
use jiff::Timestamp;

/// The exposures that using the answer is: the experiment's own, and before it those of the holdouts that were asked,
/// whatever they said.
pub(crate) fn exposures<B: AsRef<[u8]>>(
    ruleset: &Ruleset<B>,
    asking: &Asking<'_>,
    experiment: Experiment<'_>,
    answer: &Assignment,
    evaluated_at: Timestamp,
) -> Vec<Exposure> {
    let Some((unit_type, unit)) = unit(ruleset, asking, experiment, answer) else { return Vec::new() };
    let met = Met { ruleset, evaluated_at, unit_type, unit };
    let mut exposures = met.holdouts(experiment, answer);
    exposures.extend(met.experiment(asking, experiment, answer));
    exposures
}

/// The unit type whose id counted, and the id.
fn unit<'a, B: AsRef<[u8]>>(
    ruleset: &'a Ruleset<B>,
    asking: &'a Asking<'_>,
    experiment: Experiment<'_>,
    answer: &Assignment,
) -> Option<(&'a str, &'a str)> {
    let own = experiment.unit_type();
    let index = if answer.fallback { experiment.fallback().unwrap_or(own) } else { own };
    Some((ruleset.unit_types().nth(index)?, asking.unit_id(index)?))
}

/// Who met something, in which ruleset and when.
struct Met<'a, B> {
    ruleset: &'a Ruleset<B>,
    evaluated_at: Timestamp,
    unit_type: &'a str,
    unit: &'a str,
}

impl<B: AsRef<[u8]>> Met<'_, B> {
    fn experiment(
        &self,
        asking: &Asking<'_>,
        experiment: Experiment<'_>,
        answer: &Assignment,
    ) -> Option<Exposure> {
        let variant = answer.variant.filter(|_| answer.exposure)?;
        let given = asking.given();
        let known = |index: usize| {
            let attribute = self.ruleset.attributes().nth(index)?;
            Some((attribute.name().to_owned(), asking.replayed(attribute.path())))
        };
        // What was kept was drawn by an allocation that may be another one than that in force.
        let is_drawn_now = answer.reason == Reason::Assigned;
        Some(Exposure {
            bucket: answer.bucket.map(edgewise_core::Bucket::get),
            attributes: experiment.attributes().filter_map(known).collect(),
            sticky: records_behind(self.ruleset, asking, experiment),
            nonce: given.nonce.clone().filter(|nonce| !nonce.is_empty()),
            counter: given.counters.get(experiment.id()).copied(),
            propensity: is_drawn_now.then(|| experiment.propensity(variant)),
            ..self.exposure(
                Kind::Experiment,
                experiment.id(),
                experiment.variant(variant).map(Variant::id)?,
                answer.reason,
                answer.epoch,
            )
        })
    }

    /// The holdouts that the experiment asked, up to the one that holds the unit.
    fn holdouts(&self, experiment: Experiment<'_>, answer: &Assignment) -> Vec<Exposure> {
        let mut asked: Vec<Holdout<'_>> =
            if before_holdouts(answer.reason) { Vec::new() } else { experiment.holdouts().collect() };
        if matches!(answer.reason, Reason::Graduated | Reason::HeldBack) {
            asked.extend(experiment.hold_back());
        }
        let mut exposures = Vec::new();
        for holdout in asked {
            let held = answer.holdout == Some(holdout.index());
            let (variant, reason) =
                if held { ("held_out", Reason::HeldOut) } else { ("open", Reason::Assigned) };
            let (bucket, _) = holdout.draw(self.unit.as_bytes());
            exposures.push(Exposure {
                bucket: Some(bucket.get()),
                ..self.exposure(Kind::Holdout, holdout.id(), variant, reason, holdout.epoch())
            });
            if held {
                break;
            }
        }
        exposures
    }

    /// What all exposures have.
    fn exposure(
        &self,
        kind: Kind,
        id: &str,
        variant: &str,
        reason: Reason,
        epoch: edgewise_core::Epoch,
    ) -> Exposure {
        Exposure {
            ruleset: self.ruleset.digest().to_string(),
            evaluated_at: self.evaluated_at,
            unit_type: self.unit_type.to_owned(),
            unit: self.unit.to_owned(),
            kind,
            experiment: id.to_owned(),
            variant: variant.to_owned(),
            reason: reason.as_str(),
            bucket: None,
            epoch: epoch.to_string(),
            attributes: serde_json::Map::new(),
            sticky: Vec::new(),
            nonce: None,
            counter: None,
            propensity: None,
        }
    }
}

/// Whether the evaluation ended before it came to the holdouts.
fn before_holdouts(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::SwitchedOff
            | Reason::Paused
            | Reason::NotStarted
            | Reason::Ended
            | Reason::MissingUnit
            | Reason::InvalidUnit
            | Reason::Forced
    )
}

/// The sticky records that the experiment's answer can depend on, in their order.
fn records_behind<B: AsRef<[u8]>>(
    ruleset: &Ruleset<B>,
    asking: &Asking<'_>,
    experiment: Experiment<'_>,
) -> Vec<crate::StickyRecord> {
    let depends_on_others = experiment.prerequisites().len() > 0 || experiment.masked_by().next().is_some();
    let layer = outermost(experiment);
    let counts = |record: &&crate::StickyRecord| {
        ruleset.find_experiment(&record.experiment).is_some_and(|kept| {
            let shared = layer.is_some() && outermost(kept) == layer;
            kept.is_sticky() && (kept.index() == experiment.index() || depends_on_others || shared)
        })
    };
    asking.given().sticky.iter().filter(counts).cloned().collect()
}

/// The index of the layer around all others around the experiment's own: whoever shares any layer with it shares that.
fn outermost(experiment: Experiment<'_>) -> Option<usize> {
    let mut layer = experiment.claim()?.layer();
    while let Some(around) = layer.within() {
        layer = around.layer();
    }
    Some(Layer::index(layer))
}
