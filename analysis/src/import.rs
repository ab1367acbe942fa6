//! Events that another system collected: read through a column mapping, its exposures taken as claimed.

mod columnar;
mod mapping;
mod table;

pub(crate) use mapping::Field;
pub use mapping::Mapping;

use crate::{
    assignments::{FirstExposures, Sighting, Trust},
    balance,
    decimal::Decimal,
    engine::Source,
    log::Repeats,
    observed::Observed,
    results::{Exclusion, Severity, SourceKind, Warning, WarningCode},
    rows::{self, Cell, ImportError, Place},
    scan::Scan,
    units,
    verify::{Unverifiable, Verdict},
};
use edgewise_core::Digest;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};
use table::{EventRow, EventWriter, Property};
use uuid::Uuid;

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

/// Events in a temporary file, which goes when this does, and the exposures among them.
#[derive(Debug)]
pub struct Imported {
    table: EventWriter,
    first: FirstExposures,
    variants: BTreeSet<String>,
    left_out: LeftOut,
    has_floats: bool,
    /// Whether a file says the events' ids, which may come twice then.
    has_ids: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LeftOut {
    pub(crate) without_unit: u64,
    pub(crate) without_variant: u64,
    pub(crate) other_experiments: u64,
    pub(crate) other_types: u64,
}

impl Request {
    /// Whether a row of this moment is not there.
    fn is_over(&self, ts_us: i64) -> bool {
        self.until.is_some_and(|until| ts_us > until.as_microsecond())
    }
}

impl Imported {
    /// Reads all files.
    ///
    /// A row is an exposure or a `track`, `feedback` or `error` event as its type says; where it has no type, it is an
    /// exposure if it has a variant and an event if it has a name. Rows without a unit are left out and counted.
    ///
    /// # Errors
    /// Where a file or a column is not there, or a moment or a number is none.
    pub fn read(request: &Request) -> Result<Self, ImportError> {
        let properties: BTreeSet<&str> =
            request.files.iter().flat_map(|(_, mapping)| mapping.properties()).collect();
        let mut imported = Self {
            table: EventWriter::new(&request.unit, properties)?,
            first: FirstExposures::new(Trust::Claimed, request.dimensions.len()),
            variants: BTreeSet::new(),
            left_out: LeftOut::default(),
            has_floats: false,
            has_ids: request.files.iter().any(|(_, mapping)| mapping.position(&Field::Id).is_some()),
        };
        for (index, (file, mapping)) in (0..).zip(&request.files) {
            let unit = mapping.check(file, &request.unit)?;
            // Ids are read by rows: who gives some of them needs all.
            if !imported.has_ids && columnar::read(&mut imported, request, (index, file, mapping), unit)? {
                continue;
            }
            rows::read(file, &mapping.columns(), &mut |place, cells| {
                imported.row(&Row { request, place, mapping, cells, unit })
            })?;
        }
        imported.table.finish()?;
        Ok(imported)
    }

    /// The variants that the exposures name.
    pub fn variants(&self) -> &BTreeSet<String> {
        &self.variants
    }

    /// The events, read without an engine.
    pub fn scan(&self) -> Arc<dyn Scan> {
        Arc::new(self.table.scan())
    }

    /// The table of events, for an engine. It must be dropped before this is.
    ///
    /// # Errors
    /// Where the files cannot be read, or the temporary one cannot be written.
    #[expect(clippy::unnecessary_wraps, reason = "the files are to be read here")]
    pub fn events(&self) -> Result<Source, ImportError> {
        Ok(self.table.source())
    }

    /// What was left out, and how many rows of it: where events were not read yet, they are now.
    ///
    /// # Errors
    /// Where the files cannot be read.
    #[expect(clippy::unnecessary_wraps, reason = "the files are to be read here")]
    pub fn exclusions(&self) -> Result<Vec<Exclusion>, ImportError> {
        Ok(self.left_out.exclusions())
    }

    /// Whether no two events can have the same id.
    pub fn has_unique_ids(&self) -> bool {
        !self.has_ids
    }

    /// The properties that the table has columns of.
    pub fn properties(&self) -> &BTreeSet<String> {
        self.table.properties()
    }

    /// The exposures as an analysis takes them. The table of events stays.
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
            // They are known when all events are read.
            exclusions: Vec::new(),
            warnings,
        })
    }

    fn row(&mut self, row: &Row<'_, '_>) -> Result<(), ImportError> {
        if row.request.is_over(row.moment()?.as_microsecond()) {
            return Ok(());
        }
        let Some(unit) = row.text(&Field::Unit(row.unit.to_owned()))? else {
            self.left_out.without_unit += 1;
            return Ok(());
        };
        match row.kind()? {
            RowKind::Exposure => self.exposure(row, unit),
            RowKind::Measurement(type_name) => self.measurement(row, unit, type_name),
            RowKind::Other => {
                self.left_out.other_types += 1;
                Ok(())
            }
        }
    }

    fn exposure(&mut self, row: &Row<'_, '_>, unit: &str) -> Result<(), ImportError> {
        if row.text(&Field::Experiment)?.is_some_and(|experiment| experiment != row.request.experiment) {
            self.left_out.other_experiments += 1;
            return Ok(());
        }
        let Some(variant) = row.text(&Field::Variant)? else {
            self.left_out.without_variant += 1;
            return Ok(());
        };
        if !self.variants.contains(variant) {
            self.variants.insert(variant.to_owned());
        }
        let attributes: Vec<Option<String>> =
            row.request.dimensions.iter().map(|name| row.attribute(name)).collect();
        self.first.see(&Sighting {
            id: Uuid::from_bytes(Digest::of(&[row.id()?.as_bytes()]).to_bytes()),
            ts_us: row.moment()?.as_microsecond(),
            unit,
            variant,
            epoch: balance::EPOCH,
            bucket: None,
            verdict: Verdict::Unverifiable(Unverifiable::NoRuleset),
            attributes: &attributes,
            is_bot: false,
            by_fallback: false,
            is_bucket_moved: false,
        });
        Ok(())
    }

    fn measurement(&mut self, row: &Row<'_, '_>, unit: &str, type_name: &str) -> Result<(), ImportError> {
        let properties: Vec<Property<'_>> =
            self.table.properties().iter().map(|property| row.property(property)).collect();
        let event = EventRow {
            id: &row.id()?,
            type_name,
            ts_us: row.moment()?.as_microsecond(),
            name: row.text(&Field::Name)?,
            unit,
            value: row.number(&Field::Value)?,
            properties: &properties,
        };
        self.has_floats |= row.has_floats();
        self.table.write(&event)
    }
}

/// One row, its cells by what they mean.
struct Row<'r, 'c> {
    request: &'r Request,
    place: Place<'r>,
    mapping: &'r Mapping,
    cells: &'r [Cell<'c>],
    unit: &'r str,
}

enum RowKind {
    Exposure,
    /// An event of this type.
    Measurement(&'static str),
    Other,
}

impl Row<'_, '_> {
    fn cell(&self, field: &Field) -> Option<(&str, &Cell<'_>)> {
        let (position, column) = self.mapping.position(field)?;
        self.cells.get(position).map(|cell| (column, cell))
    }

    fn text(&self, field: &Field) -> Result<Option<&str>, ImportError> {
        match self.cell(field) {
            None | Some((_, Cell::Missing)) => Ok(None),
            Some((column, cell)) => cell
                .text()
                .map(Some)
                .ok_or_else(|| self.place.bad_cell(column, cell, "text or a whole number")),
        }
    }

    fn number(&self, field: &Field) -> Result<Option<Decimal>, ImportError> {
        match self.cell(field) {
            None => Ok(None),
            Some((_, cell)) if cell.is_missing_number() => Ok(None),
            Some((column, cell)) => cell
                .number()
                .map(Some)
                .map_err(|error| self.place.bad_cell(column, cell, format!("a number: {error}"))),
        }
    }

    /// A property, as the number that it is and as the text that spells it.
    fn property(&self, name: &str) -> Property<'_> {
        let Some((_, cell)) = self.cell(&Field::Property(name.to_owned())) else {
            return Property::default();
        };
        let text = match cell {
            Cell::Bool(true) => Some("true"),
            Cell::Bool(false) => Some("false"),
            cell => cell.text(),
        };
        Property { number: cell.number().ok(), text }
    }

    /// A property of an exposure, as the text that an attribute of the log has.
    fn attribute(&self, name: &str) -> Option<String> {
        self.property(name).text.map(str::to_owned)
    }

    fn moment(&self) -> Result<Timestamp, ImportError> {
        const ALLOWED: &str = "a moment, such as 2026-11-21T08:00:00Z or (in UTC) 2026-11-21 08:00:00";
        let Some((column, cell)) = self.cell(&Field::Ts) else {
            return Err(ImportError::BadMapping("the mapping has no column for `ts`".to_owned()));
        };
        let moment = match cell {
            Cell::Time(moment) => Some(*moment),
            Cell::Text(text) => parse_moment(text),
            _ => None,
        };
        moment.ok_or_else(|| self.place.bad_cell(column, cell, ALLOWED))
    }

    /// The event's id; where there is none, its place, so that every row is an event of its own.
    fn id(&self) -> Result<String, ImportError> {
        Ok(match self.text(&Field::Id)? {
            Some(id) => id.to_owned(),
            None => format!("{}:{}", self.place.file.display(), self.place.line),
        })
    }

    fn kind(&self) -> Result<RowKind, ImportError> {
        let has = |field| self.text(field).map(|text| text.is_some());
        Ok(match self.text(&Field::Type)? {
            Some("exposure") => RowKind::Exposure,
            Some("track") => RowKind::Measurement("track"),
            Some("feedback") => RowKind::Measurement("feedback"),
            Some("error") => RowKind::Measurement("error"),
            None if has(&Field::Variant)? => RowKind::Exposure,
            None if has(&Field::Name)? => RowKind::Measurement("track"),
            Some(_) | None => RowKind::Other,
        })
    }

    fn has_floats(&self) -> bool {
        self.cells.iter().any(|cell| matches!(cell, Cell::Float(_)))
    }
}

/// RFC 3339, or a date and time without an offset, which is taken for UTC.
pub(crate) fn parse_moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let in_utc =
        || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse::<Timestamp>().ok().or_else(in_utc)
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

impl LeftOut {
    pub(crate) fn exclusions(self) -> Vec<Exclusion> {
        let all = [
            (
                "missing_unit",
                self.without_unit,
                "rows without the experiment's unit",
                "see why the files have them",
            ),
            (
                "missing_variant",
                self.without_variant,
                "exposures without a variant",
                "see why the files have them",
            ),
            ("other_experiment", self.other_experiments, "exposures of other experiments", ""),
            (
                "other_type",
                self.other_types,
                "rows that are neither exposures nor `track`, `feedback` or `error` events",
                "",
            ),
        ];
        let counted = all.into_iter().filter(|(_, count, _, _)| *count > 0);
        counted
            .map(|(exclusion, count, what, action)| Exclusion {
                exclusion,
                count,
                what: what.to_owned(),
                action,
            })
            .collect()
    }
}
