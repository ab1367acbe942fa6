//! Opening after a crash.

use super::*;
use proptest::prelude::*;

/// A folder whose only segment holds these bytes.
fn with_segment(bytes: &[u8]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("log")).unwrap();
    fs::write(Folder::new(folder.path()).segment(1), bytes).unwrap();
    folder
}

/// The bytes of a segment with the track events 1 to `count`.
fn segment(count: u64) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    store(folder.path(), 1..=count);
    fs::read(Folder::new(folder.path()).segment(1)).unwrap()
}

fn line_breaks(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count() - 1
}

/// Opens the folder and checks that the first `count` events are there, that what was behind them is put aside, and
/// that the log goes on.
fn assert_recovers(folder: &TempDir, count: u64, torn: &[u8]) {
    let (mut log, recovery) = open(folder.path());
    let pieces: Vec<_> = recovery.torn.iter().map(|torn| fs::read(&torn.kept).unwrap()).collect();
    assert_eq!(pieces.concat(), torn);
    assert_eq!(ids(folder.path()), all(1..=count));
    let receipts = log.commit(&[batch((1..=count + 1).map(track))], noon()).unwrap();
    assert_eq!(receipts, [Receipt { accepted: 1, duplicate: all(1..=count) }]);
    drop(log);
    assert_eq!(ids(folder.path()), all(1..=count + 1));
    assert!(open(folder.path()).1.torn.is_empty(), "what is repaired stays so");
}

#[test]
fn a_segment_cut_at_any_byte_keeps_every_complete_line() {
    let bytes = segment(2);
    for cut in 0..=bytes.len() {
        let complete = bytes[..cut].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines = line_breaks(&bytes[..complete]);
        assert_recovers(&with_segment(&bytes[..cut]), lines as u64, &bytes[complete..cut]);
    }
}

#[test]
fn opening_twice_where_the_first_time_stopped_half_way_is_as_opening_once() {
    let mut bytes = segment(1);
    let complete = bytes.len();
    bytes.extend_from_slice(b"{\"received_at\":");
    let folder = with_segment(&bytes);
    fs::create_dir(folder.path().join("torn")).unwrap();
    // Stopped between putting the piece aside and cutting it off.
    let aside = folder.path().join(format!("torn/00000001-{complete}.ndjson"));
    fs::write(&aside, b"{\"received_at\":").unwrap();
    assert_recovers(&folder, 1, b"{\"received_at\":");
    assert_eq!(fs::read_dir(folder.path().join("torn")).unwrap().count(), 1);
}

#[test]
fn every_start_makes_a_segment_of_its_own() {
    let folder = TempDir::new().unwrap();
    store(folder.path(), [1]);
    store(folder.path(), [2]);
    let (mut log, recovery) = open(folder.path());
    assert_eq!(recovery.sealed, [1, 2]);
    assert_eq!(log.take_sealed(), [1, 2]);
    assert_eq!(Folder::new(folder.path()).segments().unwrap(), [1, 2], "an idle writer makes none");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a disk leaves in and behind the lines, complete and readable ones survive, and are counted.
    #[test]
    fn damage_costs_the_damaged_lines_alone(
        damage in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 4),
    ) {
        let bytes = segment(3);
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let mut damaged = Vec::new();
        for (at, noise) in damage.iter().enumerate() {
            damaged.extend_from_slice(noise);
            if !noise.is_empty() {
                damaged.push(b'\n');
            }
            if let Some(line) = lines.get(at) {
                damaged.extend_from_slice(line);
            }
        }
        let folder = with_segment(&damaged);
        let noise: usize = damage.iter().filter(|noise| !noise.is_empty())
            .map(|noise| line_breaks(noise) + 1).sum();
        let source = Source::open(folder.path()).unwrap();
        prop_assert_eq!(source.reading().unreadable, noise);
        prop_assert_eq!(ids(folder.path()), all(1..=3));
        let (log, recovery) = open(folder.path());
        prop_assert!(recovery.torn.is_empty());
        drop(log);
        let compacted = compact(&Folder::new(folder.path()), 1).unwrap();
        prop_assert_eq!((compacted.events, compacted.unreadable), (3, noise));
        prop_assert_eq!(ids(folder.path()), all(1..=3));
    }
}
