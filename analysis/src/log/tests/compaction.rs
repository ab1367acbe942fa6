//! Segments that become Parquet, and stops in between.

use super::*;

/// What a step of a compaction leaves on disk.
type Step<'a> = dyn Fn(&Folder) -> std::io::Result<()> + 'a;

/// A folder with a sealed segment of the track events 1 to 3.
fn sealed() -> (TempDir, Folder) {
    let folder = TempDir::new().unwrap();
    store(folder.path(), 1..=3);
    let names = Folder::new(folder.path());
    (folder, names)
}

#[test]
fn a_segment_becomes_a_file_under_its_arrival_day() {
    let (folder, names) = sealed();
    let compacted = compact(&names, 1).unwrap();
    let path = folder.path().join("events/dt=2026-11-21/00000001.parquet");
    assert_eq!(compacted, Compacted { segment: 1, file: Some(path), events: 3, repeated: 0, unreadable: 0 });
    assert!(names.segments().unwrap().is_empty());
    assert_eq!(ids(folder.path()), all(1..=3));
    store(folder.path(), [4]);
    assert_eq!(names.segments().unwrap(), [2], "numbers go on behind those of the files");
}

#[test]
fn a_stop_at_any_step_neither_loses_nor_doubles() {
    // The steps of one compaction, and what is on disk after each.
    let (folder, names) = sealed();
    let segment = fs::read(names.segment(1)).unwrap();
    let file = compact(&names, 1).unwrap().file.unwrap();
    let parquet = fs::read(&file).unwrap();
    let half_written = |names: &Folder| fs::write(names.unfinished_parquet(1), &parquet[..parquet.len() / 2]);
    let written = |names: &Folder| fs::write(names.unfinished_parquet(1), &parquet);
    let root = fs::read(file.with_extension("root")).unwrap();
    let root_half_written = |names: &Folder| {
        fs::create_dir_all(names.events().join("dt=2026-11-21"))?;
        fs::write(names.events().join("dt=2026-11-21/00000001.root.tmp"), &root[..9])?;
        fs::write(names.unfinished_parquet(1), &parquet)
    };
    let root_written = |names: &Folder| {
        fs::create_dir_all(names.events().join("dt=2026-11-21"))?;
        fs::write(names.events().join("dt=2026-11-21/00000001.root"), &root)?;
        fs::write(names.unfinished_parquet(1), &parquet)
    };
    let renamed = |names: &Folder| {
        let day = "2026-11-21".parse().unwrap();
        fs::create_dir_all(names.events().join("dt=2026-11-21"))?;
        fs::write(names.parquet(day, 1), &parquet)?;
        fs::write(names.parquet(day, 1).with_extension("root"), &root)
    };
    drop(folder);
    let steps: [&Step<'_>; 5] = [&half_written, &written, &root_half_written, &root_written, &renamed];
    for (step, leave) in steps.iter().enumerate() {
        let (folder, names) = sealed();
        assert_eq!(fs::read(names.segment(1)).unwrap(), segment);
        leave(&names).unwrap();
        assert_eq!(ids(folder.path()), all(1..=3), "a reader after step {step}");
        let (mut log, _) = open(folder.path());
        for number in log.take_sealed() {
            compact(&names, number).unwrap();
        }
        assert_eq!(ids(folder.path()), all(1..=3), "the next start after step {step}");
        assert_eq!(names.parquet_files().unwrap().len(), 1);
        assert!(names.segments().unwrap().is_empty() && names.unfinished().unwrap().is_empty());
        let file = &names.parquet_files().unwrap()[&1];
        assert_eq!(verify(file).unwrap(), names.roots().unwrap()[0].root);
    }
}

#[test]
fn a_segment_without_a_readable_line_is_put_aside_whole() {
    let (folder, names) = sealed();
    fs::write(names.segment(1), "\0\0\0\n{}\nhalf").unwrap();
    let compacted = compact(&names, 1).unwrap();
    assert_eq!(compacted, Compacted { segment: 1, file: None, events: 0, repeated: 0, unreadable: 3 });
    let aside = fs::read(folder.path().join("torn/00000001-unreadable.ndjson")).unwrap();
    assert_eq!(aside, b"\0\0\0\n{}\nhalf\n");
    let source = Source::open(folder.path()).unwrap();
    assert!(source.is_empty());
    assert_eq!(source.reading().set_aside, 1);
}

#[test]
fn unit_types_beyond_the_limit_get_no_column() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    let events = (0..=MAX_UNIT_COLUMNS as u64)
        .map(|n| event(n, &format!(r#""type":"track","name":"x","units":{{"type_{n}":"u"}}"#)));
    log.commit(&[batch(events)], noon()).unwrap();
    compact(log.folder(), 1).unwrap();
    assert_eq!(Source::open(folder.path()).unwrap().unit_types().len(), MAX_UNIT_COLUMNS);
}
