//! What the warehouse counted of the exposures.

use crate::{
    assignments::{Assignments, Counts, Trust, UnitsByEpoch, schema},
    balance,
    conclude::entries::Entries,
    error::AnalysisError,
    import::{LeftOut, not_verified},
    log::Repeats,
    moments::rows,
    observed::Observed,
    results::SourceKind,
    verify::{Shares, Unverifiable, Verdict},
};
use datafusion::arrow::array::RecordBatch;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Every exposure of a warehouse has it.
const VERDICT: Verdict = Verdict::Unverifiable(Unverifiable::NoRuleset);

/// The answers, as [`selects`](super::selects) asks for them.
pub(super) struct Answers {
    pub(super) rows: Vec<RecordBatch>,
    pub(super) exposures: Vec<RecordBatch>,
    pub(super) units: Vec<RecordBatch>,
    /// Of a triggered analysis: the units that triggered.
    pub(super) triggered: Option<Vec<RecordBatch>>,
}

/// What the exposures add up to.
#[derive(Debug)]
pub(super) struct Counted {
    left_out: LeftOut,
    exposures: BTreeMap<String, u64>,
    repetitions: u64,
    units: Units,
    triggered: Option<Units>,
}

/// Units by variant and day.
#[derive(Debug, Default)]
struct Units {
    by_variant: BTreeMap<String, u64>,
    in_two: BTreeMap<String, u64>,
    by_day: BTreeMap<String, UnitsByEpoch>,
    first: Option<Timestamp>,
}

impl Answers {
    /// Reads them. `has_ids` says whether every event must have an id.
    ///
    /// # Errors
    /// Where rows that count have no moment, or events no id.
    pub(super) fn read(&self, has_ids: bool) -> Result<Counted, AnalysisError> {
        let (mut left_out, mut without_moment, mut without_id) = (LeftOut::default(), 0, 0);
        for row in rows(&self.rows) {
            let count = row.count("row_count");
            match row.text("kind_key").as_str() {
                "missing_unit" => left_out.without_unit += count,
                "missing_variant" => left_out.without_variant += count,
                "other_experiment" => left_out.other_experiments += count,
                "other_type" => left_out.other_types += count,
                kind => {
                    without_moment += row.count("without_moment");
                    without_id += if has_ids && kind != "exposure" { row.count("without_id") } else { 0 };
                }
            }
        }
        if without_moment > 0 {
            return Err(AnalysisError::RowsWithout { rows: without_moment, field: "ts" });
        }
        if without_id > 0 {
            return Err(AnalysisError::RowsWithout { rows: without_id, field: "id" });
        }
        let exposures = rows(&self.exposures);
        Ok(Counted {
            left_out,
            repetitions: exposures.iter().map(|row| row.count("repetition_count")).sum(),
            exposures: exposures
                .iter()
                .map(|row| (row.text("variant_key"), row.count("exposure_count")))
                .filter(|(_, count)| *count > 0)
                .collect(),
            units: Units::read(&self.units),
            triggered: self.triggered.as_deref().map(Units::read),
        })
    }
}

impl Counted {
    /// The variants that the exposures name.
    pub(super) fn variants(&self) -> BTreeSet<String> {
        self.exposures.keys().cloned().collect()
    }

    /// When the units that count came.
    pub(super) fn entries(&self) -> Entries {
        let units = self.triggered.as_ref().unwrap_or(&self.units);
        Entries { first: units.first, by_day: units.by_day.clone() }
    }

    /// The exposures as an analysis takes them, without a row a unit.
    pub(super) fn observed(self, shares: Shares) -> Observed {
        let of_units = |units: &BTreeMap<String, u64>| -> UnitsByEpoch {
            let of_epoch = |count: &u64| BTreeMap::from([(balance::EPOCH.to_owned(), *count)]);
            units.iter().map(|(variant, count)| (variant.clone(), of_epoch(count))).collect()
        };
        let by_verdict = |count: u64| BTreeMap::from([(VERDICT, count)]);
        let exposures = self.exposures.into_iter();
        let all = &self.units.by_variant;
        let untriggered = self.triggered.as_ref().map_or_else(BTreeMap::new, |triggered| {
            let rest = |(variant, count): (&String, &u64)| {
                let of_variant = triggered.by_variant.get(variant).copied().unwrap_or(0);
                (variant.clone(), count.saturating_sub(of_variant))
            };
            all.iter().map(rest).filter(|(_, count)| *count > 0).collect()
        });
        let counts = Counts {
            verdicts: exposures.map(|(variant, count)| (variant, by_verdict(count))).collect(),
            repetitions: self.repetitions,
            claimed: of_units(all),
            admitted: of_units(self.triggered.as_ref().map_or(all, |triggered| &triggered.by_variant)),
            unverifiable: all.clone(),
            in_two_variants: self.units.in_two.clone(),
            untriggered,
            ..Counts::default()
        };
        Observed {
            source: SourceKind::Events,
            trust: Trust::Claimed,
            assignments: Assignments {
                schema: schema(0),
                batches: Vec::new(),
                bucket_moved: Vec::new(),
                counts,
            },
            untriggered: Vec::new(),
            links: Vec::new(),
            shares,
            rulesets: Vec::new(),
            repeats: Repeats::default(),
            iteration: None,
            exclusions: self.left_out.exclusions(),
            warnings: vec![not_verified()],
        }
    }
}

impl Units {
    fn read(answer: &[RecordBatch]) -> Self {
        let mut units = Self::default();
        for row in rows(answer) {
            let (variant, count, in_two) =
                (row.text("variant_key"), row.count("unit_count"), row.count("two_count"));
            let of_day = units.by_day.entry(row.text("day_key")).or_default();
            *of_day.entry(variant.clone()).or_default().entry(balance::EPOCH.to_owned()).or_default() +=
                count;
            if in_two > 0 {
                *units.in_two.entry(variant.clone()).or_default() += in_two;
            }
            *units.by_variant.entry(variant).or_default() += count;
            let first = row.moment("first_entry");
            units.first = units.first.into_iter().chain(first).min();
        }
        units
    }
}
