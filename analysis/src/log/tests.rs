//! The log as a whole: what was acknowledged is there once, whatever happened.

mod compaction;
mod duplicates;
mod properties;
mod reading;
mod recovery;
mod sealed;
mod writing;

use super::*;
use datafusion::arrow::array::AsArray as _;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use jiff::Timestamp;
use std::{fs, path::Path};
use tempfile::TempDir;
use uuid::Uuid;

/// The id of the n-th event of a test.
fn id(n: u64) -> Uuid {
    Uuid::from_u128(0x019a_b3f0_5c00_7000_8000_0000_0000_0000 | u128::from(n))
}

/// A track event.
fn track(n: u64) -> NewEvent {
    event(n, r#""type":"track","name":"purchase","value":2.5,"units":{"user":"u_1"}"#)
}

/// An exposure of the unit `u_<n>`.
fn exposure(n: u64) -> NewEvent {
    let fields = format!(
        r#""type":"exposure","kind":"experiment","experiment":"e","variant":"v","reason":"assigned","bucket":7,
        "epoch":"8f1b2c3d4e5f6071","ruleset":"0123456789abcdef0123456789abcdef","evaluated_at":"2026-11-21T08:00:00Z",
        "unit_type":"user","unit":"u_{n}","attributes":{{"country":"IN"}},"units":{{"user":"u_{n}","device":"d"}}"#
    );
    event(n, &fields)
}

fn event(n: u64, fields: &str) -> NewEvent {
    let json = format!(r#"{{"id":"{}","ts":"2026-11-21T08:00:00Z",{fields}}}"#, id(n));
    NewEvent { id: id(n), json: serde_json::value::RawValue::from_string(json).unwrap() }
}

fn batch(events: impl IntoIterator<Item = NewEvent>) -> Batch {
    Batch { sent_at: None, events: events.into_iter().collect(), rejects: Vec::new() }
}

fn noon() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn open(root: &Path) -> (Log, Recovery) {
    Log::open(root, Limits::default()).unwrap()
}

/// Opens, stores the track events of these numbers in one batch, and closes as a crash would: without a word.
fn store(root: &Path, numbers: impl IntoIterator<Item = u64>) {
    let (mut log, _) = open(root);
    log.commit(&[batch(numbers.into_iter().map(track))], noon()).unwrap();
}

/// The ids of all events that a reader finds, in the order of their arrival.
fn ids(root: &Path) -> Vec<Uuid> {
    let source = Source::open(root).unwrap();
    let files = source.parquet_files().iter().flat_map(|path| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
        reader.build().unwrap().map(Result::unwrap)
    });
    let batches: Vec<_> = files.chain(source.batches().iter().cloned()).collect();
    let ids = |batch: &datafusion::arrow::array::RecordBatch| -> Vec<Uuid> {
        let column = batch.column_by_name("id").unwrap().as_string::<i32>();
        column.iter().map(|id| id.unwrap().parse().unwrap()).collect()
    };
    batches.iter().flat_map(ids).collect()
}

/// Seals and compacts all that a closed folder holds.
fn compact_all(root: &Path) {
    let (mut log, _) = open(root);
    for number in log.take_sealed() {
        compact(log.folder(), number).unwrap();
    }
}

fn all(numbers: impl IntoIterator<Item = u64>) -> Vec<Uuid> {
    numbers.into_iter().map(id).collect()
}
