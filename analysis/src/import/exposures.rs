//! The exposures of files.

use super::{
    Request,
    file::ImportFile,
    left_out::LeftOut,
    reading::{Asked, Queue},
    row::Kept,
    table::{Column, Table},
};
use crate::{
    assignments::{FirstExposures, Sighting, Trust},
    balance,
    property::PropertyKind,
    rows::ImportError,
    scan::{side_by_side, take_all},
    verify::{Unverifiable, Verdict},
};
use datafusion::arrow::{
    array::{Array as _, AsArray as _, RecordBatch},
    datatypes::{TimestampMicrosecondType, UInt64Type},
};
use edgewise_core::Digest;
use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};
use uuid::Uuid;

/// The exposures of files, and what was left out of these.
pub(super) struct Exposures {
    pub(super) first: FirstExposures,
    pub(super) variants: BTreeSet<String>,
    pub(super) left_out: LeftOut,
}

/// Reads the exposures of an experiment.
///
/// # Errors
/// Where a file cannot be read, or an exposure's moment is none.
pub(super) fn read(
    files: &[Arc<ImportFile>],
    request: &Request,
    table: &Table,
    has_ids: bool,
) -> Result<Exposures, ImportError> {
    // Where nobody gives ids, a row's place in the files is one.
    let id = if has_ids { Column::Id } else { Column::Place };
    let mut columns = vec![Column::Unit, Column::Variant, Column::Ts, id];
    // Of each dimension: which of the columns holds it.
    let mut attributes = Vec::new();
    for dimension in &request.dimensions {
        let property = table.properties.iter().position(|property| property == dimension);
        attributes.push(property.map(|_| columns.len()));
        columns.extend(property.map(|property| Column::Property(property, PropertyKind::Text)));
    }
    let columns = (0..).zip(columns).map(|(number, column): (u32, _)| (column, number.to_string()));
    let kept = Kept::Exposures(request.experiment.clone());
    let mut queue = Queue::new(Asked::new(kept, columns, has_ids, request.until_us()));
    let counted = Arc::new(OnceLock::new());
    queue.add(files, Some(Arc::clone(&counted)));
    let mut first = if has_ids {
        FirstExposures::new(Trust::Claimed, attributes.len())
    } else {
        FirstExposures::with_unique_ids(Trust::Claimed, attributes.len())
    };
    let mut variants = BTreeSet::new();
    take_all(queue.readers(side_by_side()), |batch| {
        see(batch, &attributes, &mut first, &mut variants);
        Ok(())
    })?;
    Ok(Exposures { first, variants, left_out: counted.get().copied().unwrap_or_default() })
}

/// Exposures whose units are looked up together. Origin: more than a processor waits for at once, and few enough to stay
/// in its nearest cache.
const AT_ONCE: usize = 64;

fn see(
    batch: &RecordBatch,
    attributes: &[Option<usize>],
    first: &mut FirstExposures,
    variants: &mut BTreeSet<String>,
) {
    let texts = |column: usize| batch.column(column).as_string_view_opt();
    let (Some(units), Some(of_units)) = (texts(0), texts(1)) else { return };
    let moments = batch.column(2).as_primitive::<TimestampMicrosecondType>();
    let (ids, places) = (texts(3), batch.column(3).as_primitive_opt::<UInt64Type>());
    let told: Vec<_> = attributes.iter().map(|column| column.and_then(texts)).collect();
    let mut attributes = vec![None; told.len()];
    for row in 0..batch.num_rows() {
        if row % AT_ONCE == 0 {
            first.look_ahead((row..batch.num_rows().min(row + AT_ONCE)).map(|row| units.value(row)));
        }
        for (attribute, told) in attributes.iter_mut().zip(&told) {
            let told = told.filter(|told| told.is_valid(row));
            *attribute = told.map(|told| told.value(row).to_owned());
        }
        let variant = of_units.value(row);
        if !variants.contains(variant) {
            variants.insert(variant.to_owned());
        }
        let id = match (ids, places) {
            (Some(ids), _) => Uuid::from_bytes(Digest::of(&[ids.value(row).as_bytes()]).to_bytes()),
            (None, Some(places)) => Uuid::from_u64_pair(0, places.value(row)),
            (None, None) => Uuid::nil(),
        };
        first.see(&Sighting {
            id,
            ts_us: moments.value(row),
            unit: units.value(row),
            variant,
            epoch: balance::EPOCH,
            bucket: None,
            verdict: Verdict::Unverifiable(Unverifiable::NoRuleset),
            attributes: &attributes,
            is_bot: false,
            by_fallback: false,
            is_bucket_moved: false,
        });
    }
}
