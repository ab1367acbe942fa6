//! Sticky records: what a host kept of a unit's earlier answers.

use super::{
    EventError, MAX_NAME_BYTES, MAX_STICKY_RECORDS,
    fields::{Fields, Kind},
};
use edgewise_core::{Epoch, Ruleset, Sticky};
use serde_json::value::RawValue;

/// What a host kept of an earlier answer, by names: the unit's variant in one iteration of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StickyRecord {
    /// The experiment's id.
    pub experiment: String,
    /// The iteration that the unit was drawn in.
    pub iteration: u32,
    /// The variant's id.
    pub variant: String,
    /// The allocation that the unit was drawn in.
    pub epoch: Epoch,
}

impl StickyRecord {
    /// The record in the words of a ruleset; none where it knows no such experiment or variant, so that a host would
    /// not have handed it in.
    pub fn known_to<B: AsRef<[u8]>>(&self, ruleset: &Ruleset<B>) -> Option<Sticky> {
        let experiment = ruleset.find_experiment(&self.experiment)?;
        let variant = experiment.find_variant(&self.variant)?.index();
        Some(Sticky { experiment: experiment.index(), iteration: self.iteration, variant, epoch: self.epoch })
    }
}

/// The field `sticky`: a list of records; empty where it is left out.
pub(super) fn read(fields: &Fields<'_>) -> Result<Vec<StickyRecord>, EventError> {
    let Some(raw) = fields.optional("sticky") else { return Ok(Vec::new()) };
    let records: Vec<&RawValue> = match Kind::of(raw) {
        Kind::Array => serde_json::from_str(raw.get()).map_err(|error| EventError::malformed(&error))?,
        other => return Err(fields.wrong_type("sticky", other, "a list of records, or left out".to_owned())),
    };
    if records.len() > MAX_STICKY_RECORDS {
        let given = format!("{} records", records.len());
        let allowed =
            format!("at most {MAX_STICKY_RECORDS} records: leave out those of experiments that are over");
        return Err(fields.bad_value("sticky", given, &allowed));
    }
    records.into_iter().enumerate().map(|(at, raw)| record(at, raw)).collect()
}

fn record(at: usize, raw: &RawValue) -> Result<StickyRecord, EventError> {
    let path = format!("sticky[{at}]");
    let given = Kind::of(raw);
    if given != Kind::Object {
        let expected = "an object of experiment, iteration, variant and epoch".to_owned();
        return Err(EventError::WrongType { field: path, given: given.name(), expected });
    }
    let fields = Fields::of(&path, raw)?;
    Ok(StickyRecord {
        experiment: fields.text("experiment", MAX_NAME_BYTES, "the experiment's id")?,
        iteration: fields.whole("iteration", u64::from(u32::MAX))?,
        variant: fields.text("variant", MAX_NAME_BYTES, "the variant's id")?,
        epoch: fields.spelled("epoch", "an epoch: 16 lower-case hexadecimal digits")?,
    })
}
