//! How many events a second the collector takes, each batch on disk before it is acknowledged.
//!
//! `cargo bench -p edgewise-control --bench collector` starts the binary and keeps several connections on loopback busy
//! with batches of 100 exposures, for a few rounds of some seconds. In the same rounds the same load goes to a server that
//! reads as much and does nothing with it, which is what the load itself can do here, and one thread appends the same
//! bytes to a file with a sync a batch, which is the best that a collector without group commit could reach. Client and
//! server share the machine's cores. After each round the collector is stopped, and every event that it acknowledged
//! must be in its log, once.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints its result, in few digits, and may stop on any failure"
)]

mod bare;
#[path = "../../tests/serve/client.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod client;
#[path = "../../tests/serve/fixture.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod fixture;
mod load;
#[path = "../../tests/serve/server.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod server;

use load::{Body, EVENTS, Load};
use std::{
    fs::File,
    io::Write as _,
    time::{Duration, Instant},
};

const ROUNDS: usize = 3;
/// How long the load goes on in each round.
const ROUND: Duration = Duration::from_secs(5);
/// How long batches are appended in each round.
const APPEND: Duration = Duration::from_secs(1);
/// Connections that send at the same time.
const CONNECTIONS: usize = 16;
/// What the product is measured by, in events a second.
const TARGET: f64 = 50_000.0;

fn main() {
    println!(
        "batches of {EVENTS} events, {CONNECTIONS} connections on loopback, {ROUNDS} rounds of {} s",
        ROUND.as_secs()
    );
    let rounds: Vec<Round> = (0..ROUNDS).map(Round::measure).collect();
    let loads = |of: fn(&Round) -> &Load| rounds.iter().map(of).collect::<Vec<_>>();
    let (collector, bare) = (loads(|round| &round.collector), loads(|round| &round.bare));
    let ratio = |of: fn(&Round) -> f64| {
        median(rounds.iter().map(|round| round.collector.events_a_second() / of(round)).collect())
    };
    let collected = median(collector.iter().map(|load| load.events_a_second()).collect());
    row("collector", collected, &answered(&collector));
    row(
        "bare server",
        median(bare.iter().map(|load| load.events_a_second()).collect()),
        &format!(
            "{}, the collector reaches {:.3} of it",
            answered(&bare),
            ratio(|round| round.bare.events_a_second())
        ),
    );
    row(
        "append, sync each batch",
        median(rounds.iter().map(|round| round.appended).collect()),
        &format!("the collector reaches {:.2} of it", ratio(|round| round.appended)),
    );
    let stored: u64 = collector.iter().map(|load| load.events()).sum();
    let stopped = rounds.iter().map(|round| round.stopped).max().unwrap_or_default();
    println!(
        "each of {stored} acknowledged events is in the log once; all compacted {:.1} s after the last, at most",
        stopped.as_secs_f64()
    );
    let reached = if collected >= TARGET { "reached" } else { "missed " };
    println!("{reached}  {TARGET:.0} durable events a second: {collected:.0}");
}

/// What was measured in one round.
struct Round {
    collector: Load,
    bare: Load,
    /// Events a second that one thread appends with a sync a batch.
    appended: f64,
    /// How long the collector took to stop, with everything compacted.
    stopped: Duration,
}

impl Round {
    /// All of them once, the one first in even rounds that is second in odd ones.
    fn measure(index: usize) -> Self {
        let ((collector, stopped), bare) = if index.is_multiple_of(2) {
            let collector = collect();
            (collector, answer_only())
        } else {
            let bare = answer_only();
            (collect(), bare)
        };
        Self { collector, bare, appended: append(), stopped }
    }
}

/// Loads a collector, stops it, and looks into its log: the load, and how long it took to stop.
fn collect() -> (Load, Duration) {
    let place = server::Place::new();
    let mut server = place.serve();
    let load = Load::on(server.address(), CONNECTIONS, ROUND);
    let start = Instant::now();
    assert!(server.terminate().success());
    let stopped = start.elapsed();
    let stored = place.stored().len() as u64;
    assert_eq!(stored, load.events(), "what was acknowledged is what is stored");
    (load, stopped)
}

fn answer_only() -> Load {
    Load::on(bare::serve(), CONNECTIONS, ROUND)
}

/// Writes batches to a file, from one thread, each synced: events a second.
fn append() -> f64 {
    let mut file = tempfile::tempfile().unwrap();
    let mut body = Body::new();
    let (start, mut batches) = (Instant::now(), 0);
    while start.elapsed() < APPEND {
        write_synced(&mut file, body.of_batch(batches));
        batches += 1;
    }
    (batches * EVENTS) as f64 / start.elapsed().as_secs_f64()
}

fn write_synced(file: &mut File, bytes: &[u8]) {
    file.write_all(bytes).unwrap();
    file.sync_data().unwrap();
}

fn row(what: &str, rate: f64, more: &str) {
    println!("  {what:<24} {rate:>10.0} events/s   {more}");
}

/// How long answers took, of all rounds.
fn answered(loads: &[&Load]) -> String {
    let mut latencies: Vec<Duration> = loads.iter().flat_map(|load| load.latencies()).copied().collect();
    latencies.sort_unstable();
    let at = |share: usize| latencies[(latencies.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    format!("a batch in {:.1} ms (p50), {:.1} ms (p99)", at(50), at(99))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
