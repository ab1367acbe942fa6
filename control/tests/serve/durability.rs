//! Nothing that was acknowledged is lost, however the server ends.

use crate::{
    fixture::{batch, exposure, id},
    server::{Place, Server, names},
};
use edgewise_analysis::log::{Folder, verify};
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

/// How often the server is killed, unless EDGEWISE_ROUNDS says otherwise.
const ROUNDS: u64 = 20;

/// When to kill in a round, in milliseconds after the start: some kills hit the compaction of what the round before
/// left. A linear congruential generator's high bits (Knuth, MMIX) from a fixed seed.
fn moments(rounds: u64) -> impl Iterator<Item = Duration> {
    let next = |state: &u64| {
        Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    let states = std::iter::successors(Some(20_261_121), next).skip(1);
    states.map(|state| Duration::from_millis(60 + (state >> 33) % 240)).take(usize::try_from(rounds).unwrap())
}

#[test]
fn kill_9_under_load_loses_and_doubles_nothing_acknowledged() {
    let rounds = std::env::var("EDGEWISE_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let place = Place::new();
    let mut senders: Vec<_> = (0..CONNECTIONS).map(Sender::new).collect();
    for (round, moment) in moments(rounds).enumerate() {
        let mut server = place.serve();
        let address = server.address();
        let sending: Vec<_> =
            senders.into_iter().map(|sender| thread::spawn(move || sender.send(address))).collect();
        thread::sleep(moment);
        server.kill();
        senders = sending.into_iter().map(|sender| sender.join().unwrap()).collect();

        let acknowledged: BTreeSet<_> =
            senders.iter().flat_map(|sender| sender.acknowledged.clone()).collect();
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
    assert!(senders.iter().any(|sender| !sender.acknowledged.is_empty()), "nothing was acknowledged");

    let before = place.stored();
    let mut server = place.serve();
    assert!(server.terminate().success());
    assert_eq!(place.stored(), before, "compacting all of it changes nothing");
    assert_eq!(names(&place.data().join("log")), [""; 0], "after a clean stop there is Parquet alone");
    for file in Folder::new(place.data()).parquet_files().unwrap().values() {
        verify(file).unwrap();
    }
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

#[test]
fn a_full_disk_is_answered_and_loses_nothing_acknowledged() {
    // A limit on the size of files is to the collector what a full disk is: a write fails, perhaps half way.
    let place = Place::new();
    let plain = place.command();
    let mut limited = std::process::Command::new("sh");
    // Blocks of 512 bytes. Without the trap the signal would end the process, as no full disk does.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""]);
    limited.arg(plain.get_program()).args(plain.get_args()).stdin(Stdio::null());
    let mut server = Server::start(limited);
    let mut client = server.connect();
    let mut acknowledged = BTreeSet::new();
    let refused = (0..200_u64).find_map(|n| {
        let answer = client.post("/v1/events", &batch((n * 10..n * 10 + 10).map(exposure))).unwrap();
        match answer.status {
            202 => acknowledged.extend((n * 10..n * 10 + 10).map(id)),
            _ => return Some(answer),
        }
        None
    });
    let refused = refused.unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (503, "storage_failed"));
    assert_eq!(client.get("/healthz", &[]).unwrap().status, 503);
    assert!(!acknowledged.is_empty());
    assert_eq!(place.stored(), acknowledged, "no half of a batch counts");
    server.kill();

    let server = place.serve();
    assert_eq!(server.connect().post("/v1/events", &batch([exposure(9_000)])).unwrap().status, 202);
    acknowledged.insert(id(9_000));
    assert_eq!(place.stored(), acknowledged);
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_at_the_start() {
    let place = Place::new();
    // The kernel's own file system takes no folders, whoever asks.
    let data = std::path::Path::new("/proc/edgewise");
    let output = place.command_with(data).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot make the folder") && said.contains("/proc/edgewise"), "{said}");
}

#[test]
fn damaged_files_are_skipped_and_reported_and_the_rest_is_read() {
    let place = Place::new();
    for n in 1..=3 {
        let mut server = place.serve();
        assert_eq!(server.connect().post("/v1/events", &batch([exposure(n)])).unwrap().status, 202);
        assert!(server.terminate().success());
    }
    let mut server = place.serve();
    assert_eq!(server.connect().post("/v1/events", &batch([exposure(4), exposure(5)])).unwrap().status, 202);
    server.kill();
    let folder = Folder::new(place.data());
    let files: Vec<_> = folder.parquet_files().unwrap().into_values().collect();
    let whole = fs::read(&files[1]).unwrap();
    fs::write(&files[1], &whole[..whole.len() - 9]).unwrap();
    let segment = folder.segment(folder.segments().unwrap()[0]);
    let mut lines = fs::read(&segment).unwrap();
    // The first line's beginning, as a bad sector leaves it.
    lines[..40].fill(0);
    fs::write(&segment, lines).unwrap();

    assert_eq!(place.stored(), [id(1), id(3), id(5)].into());
    let mut server = place.serve();
    assert!(server.terminate().success());
    server.heard("1 unreadable lines put aside");
    assert_eq!(place.stored(), [id(1), id(3), id(5)].into());
    let source = edgewise_analysis::log::Source::open(&place.data()).unwrap();
    assert_eq!(source.damaged().len(), 1);
    assert_eq!(source.damaged()[0].path, files[1]);
}
