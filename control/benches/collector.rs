//! How many events a second the collector takes, each batch on disk before it is acknowledged.
//!
//! `cargo bench -p edgewise-control --bench collector` starts the binary, sends batches of 100 exposures over several
//! connections on loopback, and prints events a second beside two bare loops over the same bytes on the same disk:
//! one that appends and syncs a batch at a time, which is the best that a collector without group commit could reach,
//! and one that appends and never syncs. Client and server share the machine's cores.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints its result, in few digits, and may stop on any failure"
)]

#[path = "../tests/serve/client.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod client;
#[path = "../tests/serve/fixture.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod fixture;
#[path = "../tests/serve/server.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod server;

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// Connections that send at the same time.
const CONNECTIONS: u64 = 8;
/// Batches that each sends.
const BATCHES: u64 = 150;
/// Events in a batch.
const EVENTS: u64 = 100;

fn main() {
    let bodies: Vec<Vec<Vec<u8>>> = (0..CONNECTIONS).map(bodies).collect();
    let (collector, mut latencies) = collect(&bodies);
    let folder = tempfile::TempDir::new().unwrap();
    let synced = append(&bodies, &folder.path().join("synced"), true);
    let bare = append(&bodies, &folder.path().join("bare"), false);

    latencies.sort_unstable();
    let at = |share: usize| latencies[(latencies.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    let events = CONNECTIONS * BATCHES * EVENTS;
    println!("{events} events, batches of {EVENTS}, {CONNECTIONS} connections, loopback");
    let rate = |time: Duration| events as f64 / time.as_secs_f64();
    println!("  {:<24} {:>10.0} events/s", "collector", rate(collector));
    for (what, time) in [("append, sync each batch", synced), ("append, never sync", bare)] {
        println!(
            "  {what:<24} {:>10.0} events/s   the collector reaches {:.2} of it",
            rate(time),
            rate(collector) / rate(time)
        );
    }
    println!("  answer after {:.1} ms (median), {:.1} ms (99 of 100)", at(50), at(99));
}

/// All bodies that one connection sends.
fn bodies(connection: u64) -> Vec<Vec<u8>> {
    let first = |batch| (connection << 32) + batch * EVENTS;
    (0..BATCHES)
        .map(|batch| fixture::batch((first(batch)..first(batch) + EVENTS).map(fixture::exposure)))
        .collect()
}

/// Sends everything to a collector: how long it took, and how long each answer.
fn collect(bodies: &[Vec<Vec<u8>>]) -> (Duration, Vec<Duration>) {
    let place = server::Place::new();
    let server = place.serve();
    let start = Instant::now();
    let latencies = thread::scope(|scope| {
        let senders: Vec<_> =
            bodies.iter().map(|bodies| scope.spawn(|| send(server.connect(), bodies))).collect();
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    (start.elapsed(), latencies)
}

fn send(mut client: client::Client, bodies: &[Vec<u8>]) -> Vec<Duration> {
    let send = |body: &Vec<u8>| {
        let start = Instant::now();
        let answer = client.post("/v1/events", body).unwrap();
        assert_eq!(answer.json()["accepted"], EVENTS);
        start.elapsed()
    };
    bodies.iter().map(send).collect()
}

/// Writes the same bytes to a file, from one thread.
fn append(bodies: &[Vec<Vec<u8>>], path: &Path, sync: bool) -> Duration {
    let mut file = File::create(path).unwrap();
    let start = Instant::now();
    for body in bodies.iter().flatten() {
        file.write_all(body).unwrap();
        if sync {
            file.sync_data().unwrap();
        }
    }
    start.elapsed()
}
