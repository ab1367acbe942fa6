//! What of a document goes into the ruleset: everything, or what a browser may see.

use super::{
    CompileError, Place, Problem,
    order::{by_id, sorted},
    prefixed, within,
    writer::{TextRef, Writer},
};
use crate::{
    document::{Audience, Document, Experiment, Flag, Holdout, Layer, Prerequisite, Segment},
    format::MAX_EXPERIMENTS,
};
use alloc::{string::String, vec::Vec};

/// The parts of a document that records refer to by their place in the order of ids.
pub(super) struct Scope<'a> {
    pub(super) audience: Audience,
    pub(super) units: &'a [String],
    pub(super) private: &'a [Vec<String>],
    pub(super) segments: Vec<&'a Segment>,
    pub(super) layers: Vec<&'a Layer>,
    pub(super) holdouts: Vec<&'a Holdout>,
    pub(super) experiments: Vec<&'a Experiment>,
    pub(super) flags: Vec<&'a Flag>,
}

impl<'a> Scope<'a> {
    /// Checks ids and salts over the whole document, and then leaves out what the audience must not see.
    pub(super) fn of(document: &'a Document, audience: Audience) -> Result<Self, CompileError> {
        let mut scope = Self {
            audience,
            units: &document.units,
            private: &document.private,
            segments: by_id(document.segments.iter(), |segment| &segment.id),
            layers: by_id(document.layers.iter(), |layer| &layer.id),
            holdouts: by_id(document.holdouts.iter(), |holdout| &holdout.id),
            experiments: by_id(document.experiments.iter(), |experiment| &experiment.id),
            flags: by_id(document.flags.iter(), |flag| &flag.id),
        };
        scope.ids()?;
        scope.salts()?;
        if audience == Audience::Client {
            scope.leave_out_hidden()?;
        }
        Ok(scope)
    }

    pub(super) fn unit_type(&self, unit: &str, place: &dyn Fn() -> Place) -> Result<u16, CompileError> {
        let index = self.units.iter().position(|known| known == unit);
        let index = index.and_then(|index| u16::try_from(index).ok());
        index.ok_or_else(|| place().problem(Problem::UnknownUnit { unit: unit.into() }))
    }

    /// Writes an id and its salt. Browsers do without salts, whose names may be older, or other experiments'.
    pub(super) fn write_names(&self, id: &str, salt: &str, writer: &mut Writer) -> (TextRef, TextRef) {
        match self.audience {
            Audience::Server => {
                let salt_place = writer.text(salt);
                (writer.text_within(salt, id), salt_place)
            }
            Audience::Client => (writer.text(id), writer.text("")),
        }
    }

    fn ids(&self) -> Result<(), CompileError> {
        ids(self.segments.iter().map(|segment| segment.id.as_str()), "segments")?;
        ids(self.layers.iter().map(|layer| layer.id.as_str()), "layers")?;
        ids(self.holdouts.iter().map(|holdout| holdout.id.as_str()), "holdouts")?;
        ids(self.experiments.iter().map(|experiment| experiment.id.as_str()), "experiments")?;
        ids(self.flags.iter().map(|flag| flag.id.as_str()), "flags")?;
        // Events name a holdout where they else name an experiment.
        let is_experiment =
            |id: &str| self.experiments.binary_search_by(|experiment| experiment.id.as_str().cmp(id)).is_ok();
        match self.holdouts.iter().find(|holdout| is_experiment(&holdout.id)) {
            Some(holdout) => {
                let place = Place::item_of("holdouts", &holdout.id).field("id");
                Err(place.problem(Problem::Twice { id: holdout.id.clone() }))
            }
            None => Ok(()),
        }
    }

    /// Equal salts draw units alike: an accident, unless two experiments say that it is meant.
    fn salts(&self) -> Result<(), CompileError> {
        let mut all: Vec<Salted<'_>> = Vec::new();
        for layer in &self.layers {
            all.push(Salted {
                list: "layers",
                id: &layer.id,
                salt: &layer.salt,
                prefix: "layer:",
                shared: false,
            });
        }
        for holdout in &self.holdouts {
            let (id, salt) = (&holdout.id, &holdout.salt);
            all.push(Salted { list: "holdouts", id, salt, prefix: "holdout:", shared: false });
        }
        for experiment in &self.experiments {
            let (id, salt, shared) = (&experiment.id, &experiment.salt, experiment.share_salt);
            all.push(Salted { list: "experiments", id, salt, prefix: "experiment:", shared });
        }
        let by_salt = |index: usize| all.get(index).map(|salt| salt.salt);
        let mut before: Option<&Salted<'_>> = None;
        for index in sorted(all.len(), &|left, right| by_salt(left).cmp(&by_salt(right))) {
            let Some(salt) = all.get(index) else { continue };
            let place = || Place::item_of(salt.list, salt.id).field("salt");
            prefixed(salt.salt, salt.prefix, &place)?;
            if let Some(first) =
                before.filter(|first| first.salt == salt.salt && !(first.shared && salt.shared))
            {
                return Err(place().problem(Problem::SharedSalt { with: first.id.into() }));
            }
            before = Some(salt);
        }
        Ok(())
    }

    /// What stays must not need what goes, or browsers would answer otherwise than servers.
    fn leave_out_hidden(&mut self) -> Result<(), CompileError> {
        for experiment in self.experiments.iter().filter(|experiment| experiment.server_only) {
            self.overrides_only(experiment, true)?;
        }
        for experiment in self.experiments.iter().filter(|experiment| !experiment.server_only) {
            self.overrides_only(experiment, false)?;
            self.requires_nothing_hidden(experiment)?;
        }
        self.segments.retain(|segment| !segment.server_only);
        self.experiments.retain(|experiment| !experiment.server_only);
        self.flags.retain(|flag| !flag.server_only);
        Ok(())
    }

    fn overrides_only(&self, experiment: &Experiment, hidden: bool) -> Result<(), CompileError> {
        let overridden = experiment.variants.iter().flat_map(|variant| variant.overrides.keys());
        for id in overridden {
            if self.hides_flag(id) != hidden && self.flags.iter().any(|flag| flag.id == *id) {
                let place = Place::experiment(&experiment.id).field("server_only");
                return Err(place.problem(Problem::OneIsHidden { other: id.clone() }));
            }
        }
        Ok(())
    }

    fn requires_nothing_hidden(&self, experiment: &Experiment) -> Result<(), CompileError> {
        for prerequisite in &experiment.prerequisites {
            let (id, hidden) = match prerequisite {
                Prerequisite::Experiment { id, .. } => {
                    (id, self.experiments.iter().any(|other| other.server_only && other.id == *id))
                }
                Prerequisite::Flag { id, .. } => (id, self.hides_flag(id)),
            };
            if hidden {
                let place = Place::experiment(&experiment.id).field("prerequisites");
                return Err(place.problem(Problem::OneIsHidden { other: id.clone() }));
            }
        }
        Ok(())
    }

    fn hides_flag(&self, id: &str) -> bool {
        self.flags.iter().any(|flag| flag.server_only && flag.id == id)
    }
}

/// One part of a document that hashes units.
struct Salted<'a> {
    list: &'static str,
    id: &'a str,
    salt: &'a str,
    prefix: &'static str,
    /// Whether it says that another one has it too.
    shared: bool,
}

/// Ids are given sorted; they must be neither empty nor repeated.
fn ids<'a>(ids: impl Iterator<Item = &'a str>, list: &'static str) -> Result<(), CompileError> {
    let mut before = None;
    for (count, id) in ids.enumerate() {
        let place = || Place::item_of(list, id).field("id");
        within(count.saturating_add(1), MAX_EXPERIMENTS, &place)?;
        if id.is_empty() {
            return Err(place().problem(Problem::Empty));
        }
        if before == Some(id) {
            return Err(place().problem(Problem::Twice { id: id.into() }));
        }
        before = Some(id);
    }
    Ok(())
}
