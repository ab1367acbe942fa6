//! Merkle roots, erasure, retention, export and import.

use super::*;
use std::collections::BTreeSet;

/// A folder with two sealed segments, and the path of the first.
fn sealed() -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    for events in [vec![track(1), exposure(2), exposure(3)], vec![exposure(4), track(5)]] {
        let mut batch = batch(events);
        batch.sent_at = Some("2026-11-21T11:00:00Z".parse().unwrap());
        log.commit(&[batch], noon()).unwrap();
        log.seal();
    }
    let files: Vec<_> = log
        .take_sealed()
        .into_iter()
        .map(|number| compact(log.folder(), number).unwrap().file.unwrap())
        .collect();
    (folder, files[0].clone())
}

fn unit(unit_type: &str, id: &str) -> Unit {
    Unit { unit_type: unit_type.to_owned(), id: id.to_owned() }
}

#[test]
fn a_sealed_segment_gives_its_root_again() {
    let (folder, file) = sealed();
    let root = verify(&file).unwrap();
    assert_eq!(root.leaves, 3);
    let roots = Folder::new(folder.path()).roots().unwrap();
    assert_eq!(roots.len(), 2);
    assert_eq!((roots[0].segment, roots[0].root), (1, root));
    assert_eq!(roots[0].file, "dt=2026-11-21/00000001.parquet");
    assert_ne!(roots[1].root.hash, root.hash);

    fs::remove_file(file.with_extension("root")).unwrap();
    assert!(Folder::new(folder.path()).roots().is_err());
    open(folder.path());
    assert_eq!(Folder::new(folder.path()).roots().unwrap(), roots, "the next start writes it again");
}

#[test]
fn the_same_events_have_another_root_each_time() {
    // Else somebody who guesses an event could tell from the leaf that it was there.
    let root = |(_folder, file): (TempDir, std::path::PathBuf)| verify(&file).unwrap().hash;
    assert_ne!(root(sealed()), root(sealed()));
}

/// The file with its rows changed.
fn alter(
    path: &Path,
    change: impl Fn(&str, datafusion::arrow::array::ArrayRef) -> datafusion::arrow::array::ArrayRef,
) {
    use datafusion::{
        arrow::array::RecordBatch,
        parquet::{arrow::ArrowWriter, file::properties::WriterProperties},
    };
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
    let pairs = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let pairs = pairs.into_iter().filter(|pair| pair.key.starts_with("edgewise")).collect();
    let schema = reader.schema().clone();
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    let properties = WriterProperties::builder().set_key_value_metadata(Some(pairs)).build();
    let mut writer =
        ArrowWriter::try_new(fs::File::create(path).unwrap(), schema.clone(), Some(properties)).unwrap();
    for batch in batches {
        let columns = schema.fields().iter().zip(batch.columns());
        let columns = columns.map(|(field, column)| change(field.name(), column.clone())).collect();
        writer.write(&RecordBatch::try_new(schema.clone(), columns).unwrap()).unwrap();
    }
    writer.close().unwrap();
}

#[test]
fn whatever_is_altered_is_found() {
    use datafusion::arrow::{
        array::{ArrayRef, StringArray},
        compute::concat,
    };
    use std::sync::Arc;
    let (_folder, file) = sealed();
    alter(&file, |_, column| column);
    verify(&file).unwrap();
    alter(&file, |name, column| match name {
        "unit_user" => Arc::new(StringArray::from(vec![Some("u_1"), Some("u_9"), Some("u_3")])) as ArrayRef,
        _ => column,
    });
    let error = verify(&file).unwrap_err();
    assert!(matches!(&error, VerifyError::ColumnAltered { column, .. } if column == "unit_user"), "{error}");

    let (_folder, file) = sealed();
    alter(&file, |_, column| {
        concat(&[&column.slice(1, 1), &column.slice(0, 1), &column.slice(2, 1)]).unwrap()
    });
    let error = verify(&file).unwrap_err();
    assert!(matches!(error, VerifyError::RootDiffers { .. }), "the order counts: {error}");

    let (_folder, file) = sealed();
    alter(&file, |_, column| column.slice(0, 2));
    let error = verify(&file).unwrap_err();
    assert!(matches!(error, VerifyError::RootDiffers { computed, .. } if computed.leaves == 2), "{error}");

    // A damaged byte is found, unless it is one that says nothing of the events, such as in the filter over the ids.
    let (folder, file) = sealed();
    let (bytes, stored) = (fs::read(&file).unwrap(), ids(folder.path()));
    let mut found = 0;
    for at in (4..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= if at % 2 == 0 { 0xff } else { 0x10 };
        fs::write(&file, damaged).unwrap();
        match verify(&file) {
            Ok(_) => assert_eq!(ids(folder.path()), stored, "byte {at}"),
            Err(_) => found += 1,
        }
    }
    assert!(found > bytes.len() / 7 / 2, "{found} of {}", bytes.len() / 7);
}

#[test]
fn an_erased_unit_is_gone_and_the_root_stays() {
    let (folder, file) = sealed();
    store(folder.path(), [6]);
    let (mut log, _) = open(folder.path());
    let json = serde_json::value::RawValue::from_string(r#"{"units":{"user":"u_1"}}"#.to_owned()).unwrap();
    let reject = Reject { id: None, code: "missing_field", message: "why".to_owned(), json: Some(json) };
    log.commit(&[Batch { sent_at: None, events: vec![], rejects: vec![reject] }], noon()).unwrap();
    let second = exposure(7);
    log.commit(&[batch([second])], noon()).unwrap();
    let refused = erase(folder.path(), &BTreeSet::from([unit("user", "u_2")])).unwrap_err();
    assert!(matches!(refused, LogError::InUse(_)), "a collector has it: {refused}");
    drop(log);
    let before = Folder::new(folder.path());
    let (root, others) = (verify(&file).unwrap(), before.roots().unwrap());

    let erased = erase(folder.path(), &BTreeSet::from([unit("user", "u_1"), unit("user", "u_2")])).unwrap();
    assert_eq!((erased.events, erased.files.len(), erased.lines), (4, 3, 1), "{erased:?}");
    assert_eq!(ids(folder.path()), all([3, 4, 7]));
    assert_eq!(verify(&file).unwrap(), root);
    assert_eq!(before.roots().unwrap()[..2], others[..2]);
    let id = |path: &Path| fs::read(path).unwrap().windows(5).any(|bytes| bytes == b"\"u_1\"");
    assert!(!id(&folder.path().join("rejected.ndjson")));

    let erased = erase(folder.path(), &BTreeSet::from([unit("device", "d")])).unwrap();
    assert_eq!(erased.events, 3);
    assert_eq!(ids(folder.path()), all([]));
    assert_eq!(verify(&file).unwrap(), root, "leaf by leaf until none is left");
    let erased = erase(folder.path(), &BTreeSet::from([unit("device", "d")])).unwrap();
    assert_eq!(erased, Erased::default(), "there is nothing left to erase");
    assert!(matches!(erase(&folder.path().join("no"), &BTreeSet::new()), Err(LogError::NoFolder(_))));
}

#[test]
fn days_that_are_too_old_are_given_up() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    for (n, day) in ["2026-08-22", "2026-08-23", "2026-11-21"].iter().enumerate() {
        log.commit(&[batch([track(n as u64)])], format!("{day}T12:00:00Z").parse().unwrap()).unwrap();
        log.seal();
    }
    for number in log.take_sealed() {
        compact(log.folder(), number).unwrap();
    }
    let expired = expire(log.folder(), "2026-11-21".parse().unwrap(), 90).unwrap();
    let days: Vec<_> = expired.iter().map(|expired| (expired.day.to_string(), expired.segments)).collect();
    assert_eq!(days, [("2026-08-22".to_owned(), 1)]);
    assert_eq!(ids(folder.path()), all([1, 2]));
    assert_eq!(expire(log.folder(), "2026-11-21".parse().unwrap(), 90).unwrap(), []);
}

/// Stores exported lines in a new folder, and compacts them.
fn import(lines: &[u8]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        let imported = parse_line(line);
        assert!(imported.batch.rejects.is_empty(), "{imported:?}");
        let received_at = imported.received_at.unwrap();
        let day = received_at.to_zoned(jiff::tz::TimeZone::UTC).date();
        log.restore(day, &[(received_at, imported.batch)]).unwrap();
    }
    drop(log);
    compact_all(folder.path());
    folder
}

fn lines_in(bytes: &[u8]) -> usize {
    bytes.split_inclusive(|byte| *byte == b'\n').count()
}

#[test]
fn what_is_exported_and_imported_is_the_same() {
    let (folder, _) = sealed();
    let (mut log, _) = open(folder.path());
    log.commit(&[batch([exposure(6)])], "2026-11-22T00:00:01Z".parse().unwrap()).unwrap();
    let export = |folder: &TempDir, days| {
        let mut lines = Vec::new();
        let count = Source::open(folder.path()).unwrap().export_lines(days, &mut lines).unwrap();
        assert_eq!(count, lines_in(&lines) as u64);
        lines
    };
    let all_days = Days { from: None, to: None };
    let lines = export(&folder, all_days);
    let copy = import(&lines);
    assert_eq!(export(&copy, all_days), lines);
    assert_eq!(Folder::new(copy.path()).days().unwrap().len(), 2, "arrival days are those of the first log");
    let second = Days { from: "2026-11-22".parse().ok(), to: None };
    assert_eq!(lines_in(&export(&folder, second)), 1);
    let before = Days { from: None, to: "2026-11-20".parse().ok() };
    assert_eq!(export(&folder, before), b"");

    let mut parquet = Vec::new();
    let source = Source::open(folder.path()).unwrap();
    assert_eq!(source.export_parquet(all_days, &mut parquet).unwrap(), 6);
    let path = folder.path().join("export.parquet");
    fs::write(&path, parquet).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&path).unwrap()).unwrap();
    assert_eq!(reader.schema().fields(), source.schema().fields());
    assert_eq!(reader.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 6);
}

#[test]
fn lines_that_are_no_events_are_refused_with_their_reason() {
    let code = |line: &str| parse_line(line.as_bytes()).batch.rejects[0].code;
    assert_eq!(code("{"), "malformed_json");
    assert_eq!(code("[]"), "not_an_object");
    assert_eq!(code(r#"{"received_at":"2026-11-21T08:00:00Z","event":{"id":"x"}}"#), "bad_value");
    let plain = parse_line(track(1).json.get().as_bytes());
    assert_eq!((plain.received_at, plain.batch.events.len()), (None, 1));
}

#[test]
fn the_tail_follows_through_compaction() {
    let (folder, _) = sealed();
    let (mut log, _) = open(folder.path());
    log.commit(&[batch([track(6)])], noon()).unwrap();
    let text = |lines: Vec<Vec<u8>>| -> Vec<Uuid> {
        lines.iter().map(|line| parse_line(line).batch.events[0].id).collect()
    };
    let (mut tail, last) = Tail::open(folder.path(), 4).unwrap();
    assert_eq!(text(last), all([3, 4, 5, 6]));
    assert_eq!(text(tail.more().unwrap()), all([]));
    log.commit(&[batch([track(7)])], noon()).unwrap();
    assert_eq!(text(tail.more().unwrap()), all([7]));
    log.commit(&[batch([track(8)])], noon()).unwrap();
    log.seal();
    for number in log.take_sealed() {
        compact(log.folder(), number).unwrap();
    }
    log.commit(&[batch([track(9)])], noon()).unwrap();
    assert_eq!(text(tail.more().unwrap()), all([8, 9]));
    assert_eq!(text(Tail::open(folder.path(), 1).unwrap().1), all([9]));
    assert_eq!(Tail::open(folder.path(), 100).unwrap().1.len(), 9);
    assert_eq!(Tail::open(folder.path(), 0).unwrap().1.len(), 0);
}

#[test]
fn an_inventory_counts_what_is_there() {
    let (folder, _) = sealed();
    store(folder.path(), [5, 6]);
    let inventory = Inventory::of(folder.path()).unwrap();
    assert_eq!((inventory.events, inventory.repeated, inventory.uncompacted), (6, 1, 1));
    assert_eq!(inventory.by_name["track"]["purchase"], 3);
    assert_eq!(inventory.by_name["exposure"][""], 3);
    assert_eq!((inventory.sealed.files, inventory.segments.files, inventory.days.len()), (2, 1, 1));
    assert!(inventory.sealed.bytes > 0 && inventory.damaged.is_empty());
}
