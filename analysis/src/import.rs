//! Events that another system collected: read through a column mapping, its exposures taken as claimed.
//!
//! Files are read where they are, in parts side by side: exposures at once, events as often as somebody asks for them.

mod bytes;
mod exposures;
mod file;
mod float;
mod left_out;
mod mapping;
mod moment;
mod parquet;
mod reading;
mod row;
mod table;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use left_out::LeftOut;
pub(crate) use mapping::Field;
pub use mapping::Mapping;
pub(crate) use moment::parse_moment;

use crate::{
    assignments::{FirstExposures, Trust},
    log::Repeats,
    observed::Observed,
    results::{Exclusion, Severity, SourceKind, Warning, WarningCode},
    rows::ImportError,
    scan::{Scan, side_by_side},
    units,
};
use file::ImportFile;
use jiff::Timestamp;
use reading::Events;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, OnceLock},
};
use table::Table;

/// What is read, and for which experiment.
#[derive(Clone, Debug)]
pub struct Request {
    /// Each file with what stands in which of its columns.
    pub files: Vec<(PathBuf, Mapping)>,
    /// The experiment. Where no column says which experiment an exposure is of, it is of this one.
    pub experiment: String,
    /// The unit type that the experiment draws.
    pub unit: String,
    /// Variant to its share of the units, in any unit. Empty: equal shares.
    pub allocation: BTreeMap<String, f64>,
    /// The properties of exposures that are attributes of their units, in this order: the plan's dimensions.
    pub dimensions: Vec<String>,
    /// Rows of a later moment are not there. None: all are.
    pub until: Option<Timestamp>,
}

/// The exposures of files, and where their events are.
#[derive(Debug)]
pub struct Imported {
    events: Arc<Events>,
    first: FirstExposures,
    variants: BTreeSet<String>,
    /// What is left out of files that hold exposures.
    left_out: LeftOut,
    has_floats: bool,
}

impl Request {
    fn until_us(&self) -> Option<i64> {
        self.until.map(Timestamp::as_microsecond)
    }
}

impl Imported {
    /// Opens all files, and reads the exposures.
    ///
    /// A row is an exposure or a `track`, `feedback` or `error` event as its type says; where it has no type, it is an
    /// exposure if it has a variant and an event if it has a name. Rows without a unit are left out and counted. What is
    /// wrong in an event's own columns is told when they are read.
    ///
    /// # Errors
    /// Where a file or a column is not there, or a moment is none.
    pub fn read(request: &Request) -> Result<Self, ImportError> {
        let properties = request.files.iter().flat_map(|(_, mapping)| mapping.properties());
        let table = Table { unit: request.unit.clone(), properties: properties.map(str::to_owned).collect() };
        let open = |(number, file)| ImportFile::open(number, file, &table).map(Arc::new);
        let files: Vec<_> = (0..).zip(&request.files).map(open).collect::<Result<_, _>>()?;
        let has_ids = request.files.iter().any(|(_, mapping)| mapping.position(&Field::Id).is_some());
        let (with_exposures, without): (Vec<_>, Vec<_>) =
            files.iter().cloned().partition(|file| file.has_exposures());
        let exposures = exposures::read(&with_exposures, request, &table, has_ids)?;
        Ok(Self {
            first: exposures.first,
            variants: exposures.variants,
            left_out: exposures.left_out,
            has_floats: files.iter().any(|file| file.has_floats()),
            events: Arc::new(Events {
                with_exposures: with_exposures.into_iter().filter(|file| file.has_events()).collect(),
                without_exposures: without,
                has_ids,
                until_us: request.until_us(),
                left_out: Arc::new(OnceLock::new()),
                table,
            }),
        })
    }

    /// The variants that the exposures name.
    pub fn variants(&self) -> &BTreeSet<String> {
        &self.variants
    }

    /// The events, read without an engine.
    pub fn scan(&self) -> Arc<dyn Scan> {
        Arc::clone(&self.events) as Arc<dyn Scan>
    }

    /// What was left out, and how many rows of it: where events were not read yet, they are now.
    ///
    /// # Errors
    /// Where the files cannot be read.
    pub fn exclusions(&self) -> Result<Vec<Exclusion>, ImportError> {
        let mut left_out = self.left_out;
        left_out += self.events.left_out(side_by_side())?;
        Ok(left_out.exclusions())
    }

    /// Whether no two events can have the same id.
    pub fn has_unique_ids(&self) -> bool {
        !self.events.has_ids
    }

    /// The properties that the table has columns of.
    pub fn properties(&self) -> &BTreeSet<String> {
        &self.events.table.properties
    }

    /// The exposures as an analysis takes them. The events stay.
    ///
    /// What was left out is not among them: [`exclusions`](Self::exclusions) tells it once the events were read.
    ///
    /// # Errors
    /// Where the allocation names other variants than `variants`, or Arrow cannot hold the table.
    pub fn observe(&mut self, request: &Request, variants: &[String]) -> Result<Observed, ImportError> {
        let none = FirstExposures::new(Trust::Claimed, request.dimensions.len());
        let first = std::mem::replace(&mut self.first, none);
        let mut warnings = vec![not_verified()];
        warnings.extend(self.has_floats.then(units::floating_point));
        Ok(Observed {
            source: SourceKind::Events,
            trust: Trust::Claimed,
            assignments: first.finish(&request.experiment)?,
            untriggered: Vec::new(),
            links: Vec::new(),
            shares: units::shares(&request.allocation, variants)?,
            rulesets: Vec::new(),
            repeats: Repeats::default(),
            iteration: None,
            exclusions: Vec::new(),
            warnings,
        })
    }
}

pub(crate) fn not_verified() -> Warning {
    Warning {
        warning: WarningCode::NotVerified,
        severity: Severity::Note,
        what: "the exposures name no ruleset, so none of them was verified by replay".to_owned(),
        why: "a wrong variant in an exposure cannot be told from a right one",
        action: "compare the sample-ratio test and the units in two variants with what is to be expected",
    }
}
