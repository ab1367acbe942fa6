//! The load: connections that send batches, each the next as soon as the one before is acknowledged.

use crate::{client::Client, fixture};
use std::{
    net::SocketAddr,
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Events in a batch.
pub(crate) const EVENTS: u64 = 100;
/// The number of the first event: from here on all numbers have as many digits, so that bodies are as long.
const FIRST: u64 = 1_000_000_000_000;
/// What is said of a batch whose events are all stored.
pub(crate) const ACKNOWLEDGED: &[u8] = br#"{"accepted":100,"duplicate":[],"rejected":[]}"#;

/// What came of a load: every batch that was sent was acknowledged.
pub(crate) struct Load {
    latencies: Vec<Duration>,
    took: Duration,
}

impl Load {
    /// Sends for so long, over so many connections.
    pub(crate) fn on(address: SocketAddr, connections: usize, time: Duration) -> Self {
        let clients: Vec<_> = (0..connections).map(|_| Client::connect(address).unwrap()).collect();
        let next = AtomicU64::new(0);
        let start = Instant::now();
        let latencies = thread::scope(|scope| {
            let send = |client| scope.spawn(|| send_until(start + time, &next, client));
            let senders: Vec<_> = clients.into_iter().map(send).collect();
            senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
        });
        Self { latencies, took: start.elapsed() }
    }

    /// How many events were acknowledged.
    pub(crate) fn events(&self) -> u64 {
        self.latencies.len() as u64 * EVENTS
    }

    pub(crate) fn events_a_second(&self) -> f64 {
        self.events() as f64 / self.took.as_secs_f64()
    }

    /// How long each batch took to be acknowledged.
    pub(crate) fn latencies(&self) -> &[Duration] {
        &self.latencies
    }
}

fn send_until(end: Instant, next: &AtomicU64, mut client: Client) -> Vec<Duration> {
    let mut body = Body::new();
    let mut latencies = Vec::new();
    while Instant::now() < end {
        let bytes = body.of_batch(next.fetch_add(1, Ordering::Relaxed));
        let start = Instant::now();
        let answer = client.post("/v1/events", bytes).unwrap();
        latencies.push(start.elapsed());
        assert!(
            answer.status == 202 && answer.body == ACKNOWLEDGED,
            "{} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
    }
    latencies
}

/// A body whose events get new numbers with every batch, in place: making it costs next to nothing.
pub(crate) struct Body {
    bytes: Vec<u8>,
    /// Where the number of an event stands in its id, and in its units.
    places: Vec<(Range<usize>, Vec<Range<usize>>)>,
}

impl Body {
    pub(crate) fn new() -> Self {
        let bytes = fixture::batch((FIRST..FIRST + EVENTS).map(fixture::exposure));
        let text = String::from_utf8_lossy(&bytes);
        let all =
            |what: &str| text.match_indices(what).map(|(at, _)| at..at + what.len()).collect::<Vec<_>>();
        let places = (FIRST..FIRST + EVENTS).map(|n| {
            let id = all(&hexadecimal(n)).remove(0);
            (id, all(&n.to_string()))
        });
        Self { places: places.collect(), bytes: bytes.clone() }
    }

    /// The body of the n-th batch.
    pub(crate) fn of_batch(&mut self, batch: u64) -> &[u8] {
        for (n, (id, units)) in (FIRST + batch * EVENTS..).zip(&self.places) {
            self.bytes[id.clone()].copy_from_slice(hexadecimal(n).as_bytes());
            for unit in units {
                self.bytes[unit.clone()].copy_from_slice(n.to_string().as_bytes());
            }
        }
        &self.bytes
    }
}

/// The end of an event's id, as [`fixture::id`] writes it.
fn hexadecimal(n: u64) -> String {
    format!("{n:012x}")
}
