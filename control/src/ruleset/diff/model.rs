//! What an experiment answers to units of a kind: the order of evaluation over buckets instead of hashes.
//!
//! It knows no attributes and no lists of units: every unit is taken to be targeted, to be in no list and to have an
//! id. Which conditions matter is said beside the counts.

use super::{
    super::contents::{Contents, Experiment, Prerequisite, State, Strategy},
    draws::{Draw, Half, Kind, Labelled, Needed, Space},
    records::{Before, levels},
};
use edgewise_core::Reason;
use std::collections::BTreeSet;

/// What stands for the variant where every call draws another one.
pub(super) const EACH_CALL: &str = "a variant for each call";

/// What an experiment answers to a kind of units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) variant: Option<String>,
    pub(super) reason: Reason,
    /// The experiment or the holdout that stood in the way.
    pub(super) by: Option<String>,
}

/// One ruleset at one time, with the units' sticky records from the ruleset before it, if there was one.
#[derive(Clone, Copy, Debug)]
pub(super) struct World<'a> {
    pub(super) contents: &'a Contents,
    pub(super) now: i64,
    pub(super) before: Option<&'a Before<'a>>,
}

/// How far an experiment comes without drawing a variant.
enum Gate {
    Refused(Outcome),
    Given(Outcome),
    Open,
}

impl Outcome {
    pub(super) fn refused(reason: Reason, by: Option<&str>) -> Self {
        Self { variant: None, reason, by: by.map(str::to_owned) }
    }

    fn given(variant: &str, reason: Reason) -> Self {
        Self { variant: Some(variant.to_owned()), reason, by: None }
    }
}

impl<'a> World<'a> {
    /// What the experiment answers.
    pub(super) fn outcome(self, id: &str, kind: &Kind<'a>) -> Result<Outcome, Needed<'a>> {
        let Some(experiment) = self.contents.experiments.get(id) else {
            return Ok(Outcome::refused(Reason::UnknownExperiment, None));
        };
        match self.gate(id, experiment, kind)? {
            Gate::Refused(outcome) | Gate::Given(outcome) => Ok(outcome),
            Gate::Open => self.draw(experiment, kind),
        }
    }

    /// Whether the experiment answers a variant, whichever.
    fn takes(self, id: &str, kind: &Kind<'a>) -> Result<bool, Needed<'a>> {
        let Some(experiment) = self.contents.experiments.get(id) else { return Ok(false) };
        match self.gate(id, experiment, kind)? {
            Gate::Refused(_) => Ok(false),
            Gate::Given(_) => Ok(true),
            Gate::Open if experiment.is_fully_allocated() => Ok(true),
            Gate::Open => Ok(self.draw(experiment, kind)?.variant.is_some()),
        }
    }

    /// Everything that decides on the experiment's answer, and what in it tells buckets apart.
    pub(super) fn split(self, id: &str, space: &mut Space<'a>, seen: &mut BTreeSet<String>) {
        let Some(experiment) = self.contents.experiments.get(id) else { return };
        if !seen.insert(id.to_owned()) {
            return;
        }
        self.split_own(experiment, space);
        let named = experiment.prerequisites.iter().filter_map(|prerequisite| match prerequisite {
            Prerequisite::Experiment { id, .. } => Some(id),
            Prerequisite::Flag { .. } => None,
        });
        let neighbours = self.neighbours(experiment).into_iter().map(|neighbour| neighbour.id);
        for other in experiment.masked_by.iter().chain(named).map(String::as_str).chain(neighbours) {
            self.split(other, space, seen);
        }
    }

    fn split_own(self, experiment: &'a Experiment, space: &mut Space<'a>) {
        if let Some(below) = experiment.entry_buckets(self.now) {
            space.split(self.own(experiment, Half::Entry), first(below));
        }
        let ids: Vec<_> = experiment.variants.keys().collect();
        let ranges = experiment.allocation.iter().map(|range| Labelled {
            start: range.start,
            end: range.end,
            label: ids.binary_search(&&range.of).unwrap_or_default(),
        });
        space.split(self.own(experiment, Half::Variant), ranges.collect());
        for factor in &experiment.factors {
            let ranges = factor.allocation.iter().map(|range| Labelled {
                start: range.start,
                end: range.end,
                label: factor.levels.iter().position(|level| *level == range.of).unwrap_or_default(),
            });
            space.split(self.of_factor(experiment, &factor.id), ranges.collect());
        }
        let held_back = experiment.graduation.as_ref().and_then(|graduation| graduation.hold_back.as_ref());
        for holdout in experiment.holdouts.iter().chain(held_back) {
            if let Some((draw, buckets)) = self.of_holdout(holdout) {
                space.split(draw, first(buckets));
            }
        }
        for (layer, slots) in levels(self.contents, experiment) {
            if let Some(draw) = self.of_layer(layer) {
                let ranges = slots.iter().map(|slot| Labelled { start: slot.start, end: slot.end, label: 0 });
                space.split(draw, ranges.collect());
            }
        }
    }

    fn gate(self, id: &str, experiment: &'a Experiment, kind: &Kind<'a>) -> Result<Gate, Needed<'a>> {
        if let Some(reason) = self.not_serving(experiment) {
            return Ok(Gate::Refused(Outcome::refused(reason, None)));
        }
        for holdout in &experiment.holdouts {
            if self.is_held(holdout, kind)? {
                return Ok(Gate::Refused(Outcome::refused(Reason::HeldOut, Some(holdout))));
            }
        }
        for prerequisite in &experiment.prerequisites {
            let Prerequisite::Experiment { id, variants } = prerequisite else { continue };
            let met = self.outcome(id, kind)?.variant.is_some_and(|variant| variants.contains(&variant));
            if !met {
                return Ok(Gate::Refused(Outcome::refused(Reason::PrerequisiteNotMet, Some(id))));
            }
        }
        for other in &experiment.masked_by {
            if self.takes(other, kind)? {
                return Ok(Gate::Refused(Outcome::refused(Reason::Masked, Some(other))));
            }
        }
        if experiment.state == State::Graduated {
            return self.graduated(experiment, kind);
        }
        if !self.is_admitted(experiment, kind)? {
            let layer = experiment.layer.as_ref().map(|claim| claim.layer.as_str());
            return Ok(Gate::Refused(Outcome::refused(Reason::NotInSlot, layer)));
        }
        if let Some(variant) = self.record(id, experiment, kind)? {
            return Ok(Gate::Given(Outcome::given(&variant, Reason::Sticky)));
        }
        if experiment.state == State::Frozen || (experiment.state == State::Completed && experiment.sticky) {
            return Ok(Gate::Refused(Outcome::refused(Reason::NotEnrolling, None)));
        }
        match experiment.entry_buckets(self.now) {
            Some(below) if kind.bucket(self.own(experiment, Half::Entry))? >= below => {
                Ok(Gate::Refused(Outcome::refused(Reason::NotInRamp, None)))
            }
            _ => Ok(Gate::Open),
        }
    }

    fn not_serving(self, experiment: &'a Experiment) -> Option<Reason> {
        if !self.contents.experiments_on {
            Some(Reason::SwitchedOff)
        } else if experiment.state == State::Paused {
            Some(Reason::Paused)
        } else if experiment.start.is_some_and(|start| self.now < start) {
            Some(Reason::NotStarted)
        } else if experiment.end.is_some_and(|end| self.now >= end) {
            Some(Reason::Ended)
        } else {
            None
        }
    }

    fn graduated(self, experiment: &'a Experiment, kind: &Kind<'a>) -> Result<Gate, Needed<'a>> {
        let Some(graduation) = &experiment.graduation else {
            return Ok(Gate::Refused(Outcome::refused(Reason::Unallocated, None)));
        };
        let control = experiment.variants.iter().find(|(_, variant)| variant.control).map(|(id, _)| id);
        if let (Some(holdout), Some(control)) = (&graduation.hold_back, control)
            && self.is_held(holdout, kind)?
        {
            return Ok(Gate::Given(Outcome::given(control, Reason::HeldBack)));
        }
        Ok(Gate::Given(Outcome::given(&graduation.winner, Reason::Graduated)))
    }

    fn draw(self, experiment: &'a Experiment, kind: &Kind<'a>) -> Result<Outcome, Needed<'a>> {
        let found = if !experiment.factors.is_empty() {
            self.cell(experiment, kind)?
        } else if matches!(experiment.strategy, Strategy::Random | Strategy::RoundRobin) {
            Some(EACH_CALL)
        } else {
            let bucket = kind.bucket(self.own(experiment, Half::Variant))?;
            let range = experiment.allocation.iter().find(|range| range.slot().holds(bucket));
            range.map(|range| range.of.as_str())
        };
        Ok(found.map_or_else(
            || Outcome::refused(Reason::Unallocated, None),
            |variant| Outcome::given(variant, Reason::Assigned),
        ))
    }

    /// The variant of the levels that every factor draws, the last one's running fastest.
    fn cell(self, experiment: &'a Experiment, kind: &Kind<'a>) -> Result<Option<&'a str>, Needed<'a>> {
        let mut place = 0;
        for factor in &experiment.factors {
            let bucket = kind.bucket(self.of_factor(experiment, &factor.id))?;
            let range = factor.allocation.iter().find(|range| range.slot().holds(bucket));
            let level = range.and_then(|range| factor.levels.iter().position(|level| *level == range.of));
            let Some(level) = level else { return Ok(None) };
            place = place * factor.levels.len() + level;
        }
        Ok(experiment.cells.get(place).map(String::as_str))
    }

    fn is_held(self, holdout: &str, kind: &Kind<'a>) -> Result<bool, Needed<'a>> {
        let Some((draw, buckets)) = self.of_holdout(holdout) else { return Ok(false) };
        Ok(kind.bucket(draw)? < buckets)
    }

    fn own(self, experiment: &'a Experiment, half: Half) -> Draw<'a> {
        self.of(&experiment.salt, &experiment.unit, half)
    }

    fn of_factor(self, experiment: &'a Experiment, factor: &'a str) -> Draw<'a> {
        Draw { factor, ..self.own(experiment, Half::Variant) }
    }

    pub(super) fn of_layer(self, layer: &str) -> Option<Draw<'a>> {
        let layer = self.contents.layers.get(layer)?;
        Some(self.of(&layer.salt, &layer.unit, Half::Entry))
    }

    fn of_holdout(self, holdout: &str) -> Option<(Draw<'a>, u32)> {
        let holdout = self.contents.holdouts.get(holdout)?;
        Some((self.of(&holdout.salt, &holdout.unit, Half::Entry), holdout.buckets))
    }

    fn of(self, salt: &'a str, unit: &'a str, half: Half) -> Draw<'a> {
        Draw { salt, factor: "", half, unit, seed: &self.contents.seed }
    }
}

/// The buckets below a threshold.
fn first(buckets: u32) -> Vec<Labelled> {
    vec![Labelled { start: 0, end: buckets, label: 0 }]
}
