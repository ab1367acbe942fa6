//! The units that entered on one day, and by what to tell that they are the same ones as before.

use crate::{
    assignments::{Assignments, DAY_US, unit_rows},
    identities::LinkTable,
};
use datafusion::arrow::error::ArrowError;
use edgewise_core::Digest;
use std::collections::{BTreeMap, HashMap};

/// The units that entered on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// The day, UTC, as `2026-11-21`.
    pub day: String,
    /// When it ends, in microseconds since the Unix epoch.
    pub ends_us: i64,
    /// Changes with any of its units: who they are, their variants, epochs, moments and verdicts, and the other ids that
    /// stand for them.
    pub digest: Digest,
}

/// The cohorts, by day.
///
/// # Errors
/// Where the table is not that of assignments.
pub fn cohorts(assignments: &Assignments, links: &[LinkTable]) -> Result<Vec<Cohort>, ArrowError> {
    let mut by_day: BTreeMap<i64, Cohort> = BTreeMap::new();
    let mut day_of_unit: HashMap<&str, i64> = HashMap::new();
    for batch in &assignments.batches {
        for row in unit_rows(batch)? {
            let number = row.first_us.div_euclid(DAY_US);
            let cohort = by_day.entry(number).or_insert_with(|| Cohort {
                day: row.day.to_owned(),
                ends_us: (number + 1).saturating_mul(DAY_US),
                digest: Digest::of(&[]),
            });
            let moment = row.first_us.to_le_bytes();
            cohort.digest = chain(cohort.digest, &[row.unit, row.variant, row.epoch, row.verdict], &moment);
            if !links.is_empty() {
                day_of_unit.insert(row.unit, number);
            }
        }
    }
    for table in links {
        for (from, unit) in table.links() {
            let cohort = day_of_unit.get(unit.as_str()).and_then(|number| by_day.get_mut(number));
            if let Some(cohort) = cohort {
                cohort.digest = chain(cohort.digest, &[&table.unit_type, &from, &unit], &[]);
            }
        }
    }
    Ok(by_day.into_values().collect())
}

/// The digest of what came before and of these, each with its length, so that no two lists of texts are the same bytes.
fn chain(before: Digest, texts: &[&str], bytes: &[u8]) -> Digest {
    let mut framed = before.to_bytes().to_vec();
    for text in texts {
        framed.extend_from_slice(&text.len().to_le_bytes());
        framed.extend_from_slice(text.as_bytes());
    }
    framed.extend_from_slice(bytes);
    Digest::of(&[&framed])
}
