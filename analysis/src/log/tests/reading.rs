//! What readers find.

use super::*;
use crate::event::AttributeValue;
use datafusion::arrow::datatypes::{Decimal128Type, TimestampMicrosecondType};

#[test]
fn rows_hold_what_was_sent() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    let mut first = batch([track(1), exposure(2)]);
    // An hour slow: what it says happened at eight happened at nine.
    first.sent_at = Some("2026-11-21T11:00:00Z".parse().unwrap());
    let rating = event(3, r#""type":"feedback","name":"rating","tenant":"acme","units":{"session":"s"}"#);
    log.commit(&[first, batch([rating])], noon()).unwrap();
    let source = Source::open(folder.path()).unwrap();
    let [rows] = source.batches() else { panic!("{:?}", source.reading()) };
    let text = |column: &str| -> Vec<Option<&str>> {
        rows.column_by_name(column).unwrap().as_string::<i32>().iter().collect()
    };
    assert_eq!(text("type"), [Some("track"), Some("exposure"), Some("feedback")]);
    assert_eq!(text("name"), [Some("purchase"), None, Some("rating")]);
    assert_eq!(text("tenant"), [None, None, Some("acme")]);
    assert_eq!(text("unit_user"), [Some("u_1"), Some("u_2"), None]);
    assert_eq!(text("unit_device"), [None, Some("d"), None]);
    assert_eq!(text("unit_session"), [None, None, Some("s")]);
    assert_eq!(text("raw")[0], Some(track(1).json.get()));
    let values: Vec<_> =
        rows.column_by_name("value").unwrap().as_primitive::<Decimal128Type>().iter().collect();
    assert_eq!(values, [Some(2_500_000), None, None]);
    let hours = |column: &str| -> Vec<i64> {
        let times = rows.column_by_name(column).unwrap().as_primitive::<TimestampMicrosecondType>();
        times.values().iter().map(|time| (time / 3_600_000_000) % 24).collect()
    };
    assert_eq!(hours("ts"), [9, 9, 8]);
    assert_eq!(hours("received_at"), [12, 12, 12]);
}

#[test]
fn exposures_come_from_files_and_segments_alike() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    log.commit(&[batch([exposure(1), track(2), exposure(3)])], noon()).unwrap();
    log.seal();
    let compacted = log.take_sealed();
    log.commit(&[batch([track(4), exposure(5)])], noon()).unwrap();
    let before: Vec<_> = Source::open(folder.path()).unwrap().exposures().map(Result::unwrap).collect();
    for number in compacted {
        compact(log.folder(), number).unwrap();
    }
    let source = Source::open(folder.path()).unwrap();
    let mut exposures = source.exposures();
    let after: Vec<_> = exposures.by_ref().map(Result::unwrap).collect();
    assert_eq!(exposures.unreadable(), 0);
    assert_eq!(before, after);
    assert_eq!(after.iter().map(|exposure| exposure.id).collect::<Vec<_>>(), all([1, 3, 5]));
    assert_eq!(after[1].exposure.unit, "u_3");
    assert_eq!(after[1].exposure.attributes["country"], AttributeValue::String("IN".to_owned()));
    assert_eq!(after[1].received_at, noon());
}

#[test]
fn the_columns_are_those_of_all_parts() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    log.commit(&[batch([track(1)])], noon()).unwrap();
    log.seal();
    compact(log.folder(), 1).unwrap();
    log.commit(&[batch([event(2, r#""type":"track","name":"x","units":{"device":"d"}"#)])], noon()).unwrap();
    let source = Source::open(folder.path()).unwrap();
    assert!(source.unit_types().iter().eq(["device", "user"]));
    let names: Vec<_> = source.schema().fields().iter().map(|field| field.name().clone()).collect();
    let expected =
        ["id", "type", "ts", "received_at", "tenant", "name", "value", "unit_device", "unit_user", "raw"];
    assert_eq!(names, expected);
    assert!(source.batches().iter().all(|batch| batch.schema() == source.schema()));
    let reading = Reading { files: 1, segments: 1, uncompacted: 1, ..Reading::default() };
    assert_eq!(*source.reading(), reading);
}

#[test]
fn a_write_under_way_is_left_out_and_counted() {
    let folder = TempDir::new().unwrap();
    store(folder.path(), [1]);
    let path = Folder::new(folder.path()).segment(1);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"received");
    fs::write(&path, &bytes).unwrap();
    let source = Source::open(folder.path()).unwrap();
    assert_eq!((source.reading().uncompacted, source.reading().unfinished_bytes), (1, 10));
    assert_eq!(fs::read(&path).unwrap(), bytes, "a reader changes nothing");
}

#[test]
fn empty_missing_and_foreign_folders_are_told_apart() {
    let folder = TempDir::new().unwrap();
    assert!(Source::open(folder.path()).unwrap().is_empty());
    let missing = folder.path().join("missing");
    assert!(matches!(Source::open(&missing).unwrap_err(), LogError::NoFolder(path) if path == missing));
    let day = folder.path().join("events/dt=2026-11-21");
    fs::create_dir_all(&day).unwrap();
    fs::write(day.join("00000001.parquet"), "no parquet").unwrap();
    store(folder.path(), [1]);
    let source = Source::open(folder.path()).unwrap();
    assert_eq!((source.reading().files, source.reading().damaged), (0, 1));
    assert_eq!(source.damaged()[0].path, day.join("00000001.parquet"));
    assert_eq!(ids(folder.path()), all([1]), "the rest is read");
}

#[test]
fn rulesets_are_kept_under_their_digests() {
    let folder = TempDir::new().unwrap();
    let (log, _) = open(folder.path());
    let digest = "0123456789abcdef0123456789abcdef".parse().unwrap();
    log.folder().keep_ruleset(digest, b"bytes").unwrap();
    let source = Source::open(folder.path()).unwrap();
    assert_eq!(source.ruleset(digest).unwrap().as_deref(), Some(&b"bytes"[..]));
    assert_eq!(source.ruleset("00000000000000000000000000000000".parse().unwrap()).unwrap(), None);
}
