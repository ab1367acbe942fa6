//! Nothing that was acknowledged is lost, however the server ends.

use crate::{
    fixture::{batch, exposure, id},
    server::{Place, names},
};
use std::{collections::BTreeSet, fs, net::SocketAddr, process::Stdio, thread, time::Duration};

/// Connections that send at the same time.
const CONNECTIONS: u64 = 4;
/// Events in a batch.
const BATCH: u64 = 50;

/// One sender: its numbers, and what it was told.
struct Sender {
    next: u64,
    acknowledged: BTreeSet<String>,
}

impl Sender {
    fn new(number: u64) -> Self {
        Self { next: number << 32, acknowledged: BTreeSet::new() }
    }

    /// Sends batch after batch until the server is gone. The batch that was not answered comes first the next time,
    /// as a client does that tries again.
    fn send(mut self, address: SocketAddr) -> Self {
        let Ok(mut client) = crate::client::Client::connect(address) else { return self };
        loop {
            let numbers = self.next..self.next + BATCH;
            let Ok(answer) = client.post("/v1/events", &batch(numbers.clone().map(exposure))) else {
                return self;
            };
            assert_eq!(answer.status, 202, "{answer:?}");
            let told = answer.json();
            let duplicate = told["duplicate"].as_array().unwrap().len() as u64;
            assert_eq!(told["accepted"].as_u64().unwrap() + duplicate, BATCH);
            self.acknowledged.extend(numbers.map(id));
            self.next += BATCH;
        }
    }
}

#[test]
fn kill_9_under_load_loses_nothing_acknowledged() {
    let place = Place::new();
    let mut senders: Vec<_> = (0..CONNECTIONS).map(Sender::new).collect();
    for round in 0..5_u64 {
        let mut server = place.serve();
        let address = server.address();
        let before: usize = senders.iter().map(|sender| sender.acknowledged.len()).sum();
        let sending: Vec<_> =
            senders.into_iter().map(|sender| thread::spawn(move || sender.send(address))).collect();
        // Each start compacts what the one before left, so that some kills hit compaction, too.
        thread::sleep(Duration::from_millis(250 + 170 * round));
        server.kill();
        senders = sending.into_iter().map(|sender| sender.join().unwrap()).collect();

        let acknowledged: BTreeSet<_> =
            senders.iter().flat_map(|sender| sender.acknowledged.clone()).collect();
        assert!(acknowledged.len() > before, "round {round} acknowledged nothing");
        let stored = place.stored();
        let lost: Vec<_> = acknowledged.difference(&stored).collect();
        assert!(lost.is_empty(), "round {round}: {} of {} lost: {lost:?}", lost.len(), acknowledged.len());
        let sent: BTreeSet<_> = senders
            .iter()
            .flat_map(|sender| {
                sender.acknowledged.iter().cloned().chain((sender.next..sender.next + BATCH).map(id))
            })
            .collect();
        assert!(stored.is_subset(&sent), "round {round}: something was stored that nobody sent");
    }

    let before = place.stored();
    let mut server = place.serve();
    assert!(server.terminate().success());
    assert_eq!(place.stored(), before, "compacting all of it changes nothing");
    assert_eq!(names(&place.data().join("log")), [""; 0], "after a clean stop there is Parquet alone");
}

#[test]
fn a_clean_stop_answers_and_stores_what_was_sent() {
    let place = Place::new();
    let mut server = place.serve();
    let mut client = server.connect();
    assert_eq!(client.post("/v1/events", &batch((0..3).map(exposure))).unwrap().status, 202);
    assert!(server.terminate().success());
    assert!(server.heard("compacted").contains("segment 1: 3 events compacted"));
    assert_eq!(place.stored(), (0..3).map(id).collect());
}

#[test]
fn a_torn_last_line_is_put_aside_and_reported() {
    let place = Place::new();
    let mut server = place.serve();
    assert_eq!(server.connect().post("/v1/events", &batch([exposure(1)])).unwrap().status, 202);
    server.kill();
    let segment = place.data().join("log/00000001.ndjson");
    let mut bytes = fs::read(&segment).unwrap();
    bytes.extend_from_slice(b"{\"received_at\":\"2026");
    fs::write(&segment, bytes).unwrap();
    let server = place.serve();
    let said = server.heard("cut short");
    assert!(said.contains("segment 1") && said.contains("20 bytes"), "{said}");
    assert_eq!(server.connect().post("/v1/events", &batch([exposure(2)])).unwrap().status, 202);
    assert_eq!(place.stored(), [id(1), id(2)].into());
}

#[test]
fn a_second_collector_is_refused() {
    let place = Place::new();
    let server = place.serve();
    let second = place.command().stdout(Stdio::null()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    // The message may be wrapped.
    let said = String::from_utf8(second.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("in use by another collector"), "{said}");
    assert_eq!(server.connect().get("/healthz", &[]).unwrap().status, 200, "the first goes on");
}

#[test]
fn when_the_disk_fails_nothing_is_acknowledged_until_it_works_again() {
    let place = Place::new();
    let server = place.serve();
    let mut client = server.connect();
    fs::remove_dir(place.data().join("log")).unwrap();
    let refused = client.post("/v1/events", &batch([exposure(1)])).unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (503, "storage_failed"));
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(client.get("/healthz", &[]).unwrap().status, 503);
    server.heard("503 until it works again");

    fs::create_dir(place.data().join("log")).unwrap();
    let accepted = client.post("/v1/events", &batch([exposure(1)])).unwrap();
    assert_eq!((accepted.status, accepted.json()["accepted"].as_u64()), (202, Some(1)));
    assert_eq!(client.get("/healthz", &[]).unwrap().status, 200);
    server.heard("stored again");
    assert_eq!(place.stored(), [id(1)].into());
}
