//! Groups, segments, duplicates, refused events.

use super::*;

#[test]
fn receipts_tell_new_from_duplicate_within_a_group_and_over_groups() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    let receipts = log.commit(&[batch([track(1), track(2), track(1)]), batch([track(2)])], noon()).unwrap();
    let receipt =
        |accepted, duplicate: &[u64]| Receipt { accepted, duplicate: all(duplicate.iter().copied()) };
    assert_eq!(receipts, [receipt(2, &[1]), receipt(0, &[2])]);
    assert_eq!(log.commit(&[batch([track(3), track(1)])], noon()).unwrap(), [receipt(1, &[1])]);
    assert_eq!(ids(folder.path()), all(1..=3));
}

#[test]
fn a_second_writer_is_refused_while_the_first_lives() {
    let folder = TempDir::new().unwrap();
    let first = open(folder.path());
    let refused = Log::open(folder.path(), Limits::default()).unwrap_err();
    assert!(matches!(refused, LogError::InUse(_)), "{refused}");
    assert!(refused.to_string().contains("in use by another collector"));
    drop(first);
    open(folder.path());
}

#[test]
fn segments_are_sealed_at_their_size_and_at_midnight() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = Log::open(folder.path(), Limits { segment_bytes: 300, ..Limits::default() }).unwrap();
    for n in 1..=4 {
        log.commit(&[batch([track(n)])], noon()).unwrap();
    }
    assert_eq!(log.take_sealed(), [1], "two events of 160 bytes or so fill a segment");
    log.commit(&[batch([track(5)])], "2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
    log.commit(&[batch([track(6)])], noon()).unwrap();
    assert_eq!(log.take_sealed(), [2], "a clock that goes back does not go back to the day before");
    log.seal();
    assert_eq!(log.take_sealed(), [3]);
    assert_eq!(ids(folder.path()), all(1..=6));
}

#[test]
fn after_a_failure_nothing_counts_as_stored_and_the_next_try_succeeds() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    fs::remove_dir(folder.path().join("log")).unwrap();
    let error = log.commit(&[batch([track(1)])], noon()).unwrap_err();
    assert!(matches!(error, LogError::Io { action: "make", .. }), "{error}");
    fs::create_dir(folder.path().join("log")).unwrap();
    let receipts = log.commit(&[batch([track(1)])], noon()).unwrap();
    assert_eq!(receipts, [Receipt { accepted: 1, duplicate: vec![] }]);
    assert_eq!(ids(folder.path()), all([1]));
}

#[test]
fn refused_events_are_kept_with_their_reason_in_bounded_files() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = Log::open(folder.path(), Limits { rejected_bytes: 50, ..Limits::default() }).unwrap();
    let refused = |code| Batch {
        sent_at: None,
        events: vec![],
        rejects: vec![Reject {
            id: None,
            code,
            message: "why".to_owned(),
            json: Some(serde_json::value::RawValue::from_string("{\n\"a\": 1}".to_owned()).unwrap()),
        }],
    };
    for code in ["first", "second", "third"] {
        log.commit(&[refused(code)], noon()).unwrap();
    }
    let line = |code| {
        format!(
            "{{\"received_at\":\"2026-11-21T12:00:00.000000Z\",\"code\":\"{code}\",\"message\":\"why\",\"event\":{{\"a\": 1}}}}\n"
        )
    };
    assert_eq!(fs::read_to_string(folder.path().join("rejected.ndjson")).unwrap(), line("third"));
    assert_eq!(fs::read_to_string(folder.path().join("rejected.before.ndjson")).unwrap(), line("second"));
    assert!(Source::open(folder.path()).unwrap().is_empty());
}

#[test]
fn a_refusal_that_a_crash_cut_short_does_not_spoil_the_next_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("rejected.ndjson");
    fs::write(&path, "{\"received").unwrap();
    let (mut log, _) = open(folder.path());
    let reject = Reject { id: None, code: "next", message: "why".to_owned(), json: None };
    log.commit(&[Batch { sent_at: None, events: vec![], rejects: vec![reject] }], noon()).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let next = "{\"received_at\":\"2026-11-21T12:00:00.000000Z\",\"code\":\"next\",\"message\":\"why\"}";
    assert_eq!(text.lines().collect::<Vec<_>>(), ["{\"received", next]);
}
