//! Events on their way to the collector: in batches, with retries, their ids unchanged. What waits is held in memory.

use crate::{event::Event, lock, retry};
use jiff::Timestamp;
use serde::Deserialize;
use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How the events of a client stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Acknowledged by the collector.
    pub delivered: u64,
    /// Still to be sent.
    pub waiting: usize,
    /// Refused by the collector, or dropped because the queue was full or closed.
    pub lost: u64,
}

/// The collector takes bodies of up to 1 MiB, and events of up to 64 KiB.
const BATCH_EVENTS: usize = 500;
const BATCH_BYTES: usize = 900_000;

/// A process that makes more events than this while the collector is away loses the newest.
const CAPACITY: usize = 10_000;

/// How long the first event waits for company, and how long the collector may take.
const LINGER: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(10);

/// Events that wait, and a thread that sends them.
#[derive(Debug)]
pub(crate) struct EventQueue {
    agent: ureq::Agent,
    url: String,
    state: Mutex<State>,
    /// Something changed that the thread waits for.
    changed: Condvar,
    /// Held by whoever sends: batches go one after the other.
    sending: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<String>,
    /// What was sent, and not answered for good.
    batch: Option<Arc<Batch>>,
    /// When to send next.
    due: Option<Instant>,
    failures: u32,
    delivered: u64,
    lost: u64,
    is_closed: bool,
}

#[derive(Debug)]
struct Batch {
    id: Uuid,
    events: Vec<String>,
}

/// What became of one attempt.
enum Outcome {
    /// The collector has what it takes, and refused so many.
    Answered { refused: usize },
    /// To be tried again, after this at the least.
    Later(Duration),
}

/// As much of the collector's answer as matters.
#[derive(Default, Deserialize)]
struct Receipt {
    #[serde(default)]
    rejected: Vec<serde::de::IgnoredAny>,
}

impl EventQueue {
    pub(crate) fn start(agent: ureq::Agent, url: String) -> std::io::Result<Arc<Self>> {
        let (state, changed, sending) = Default::default();
        let queue = Arc::new(Self { agent, url, state, changed, sending });
        let worker = Arc::clone(&queue);
        thread::Builder::new().name("edgewise-events".to_owned()).spawn(move || worker.work())?;
        Ok(queue)
    }

    /// Takes an event; it is sent soon.
    pub(crate) fn add(&self, event: &Event) {
        let line = serde_json::to_string(event);
        let mut state = lock(&self.state);
        match line {
            Ok(line) if !state.is_closed && state.count() < CAPACITY => {
                state.waiting.push_back(line);
                if state.due.is_none() {
                    state.due = Some(Instant::now() + LINGER);
                    self.changed.notify_all();
                }
            }
            _ => state.lost += 1,
        }
    }

    /// Sends what waits until nothing does, or until the collector has to be given time.
    pub(crate) fn flush(&self) -> Delivery {
        lock(&self.state).due = None;
        self.send_all();
        let state = lock(&self.state);
        Delivery { delivered: state.delivered, waiting: state.count(), lost: state.lost }
    }

    /// Takes no more, and ends the thread, which tries once more to send what waits.
    pub(crate) fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_all();
    }

    fn work(&self) {
        while self.is_due() {
            self.flush();
        }
        self.flush();
    }

    /// Waits until there is something to send; false: the queue was closed.
    fn is_due(&self) -> bool {
        let mut state = lock(&self.state);
        while !state.is_closed {
            let wait = state.due.map(|due| due.saturating_duration_since(Instant::now()));
            state = match wait {
                Some(Duration::ZERO) => return true,
                Some(wait) => {
                    self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        false
    }

    fn send_all(&self) {
        let _one_at_a_time = lock(&self.sending);
        while let Some(batch) = self.next() {
            let outcome = self.send(&batch);
            let mut state = lock(&self.state);
            match outcome {
                Outcome::Answered { refused } => {
                    let refused = refused.min(batch.events.len());
                    state.failures = 0;
                    state.batch = None;
                    state.delivered += (batch.events.len() - refused) as u64;
                    state.lost += refused as u64;
                }
                Outcome::Later(asked_for) => {
                    state.failures = state.failures.saturating_add(1);
                    state.due = Some(Instant::now() + retry::pause(state.failures, asked_for, random()));
                    self.changed.notify_all();
                    return;
                }
            }
        }
    }

    /// The batch to send: the one that was not answered, or as many events from the front as fit into one body, but at
    /// least one.
    fn next(&self) -> Option<Arc<Batch>> {
        let mut state = lock(&self.state);
        if state.batch.is_none() && !state.waiting.is_empty() {
            let mut bytes = 0;
            let fits = state.waiting.iter().take(BATCH_EVENTS).take_while(|event| {
                bytes += event.len() + 1;
                bytes <= BATCH_BYTES
            });
            let count = fits.count().max(1);
            let events = state.waiting.drain(..count).collect();
            state.batch = Some(Arc::new(Batch { id: Uuid::now_v7(), events }));
        }
        state.batch.clone()
    }

    /// One attempt. 408, 429, 5xx and a lost connection are worth another one; other refusals are final.
    fn send(&self, batch: &Batch) -> Outcome {
        let request = self.agent.post(&self.url).content_type("application/json");
        let request = request.config().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build();
        let Ok(mut response) = request.send(batch.body(Timestamp::now())) else {
            return Outcome::Later(Duration::ZERO);
        };
        let status = response.status();
        if status.is_success() {
            let receipt = response.body_mut().read_to_vec().unwrap_or_default();
            let receipt: Receipt = serde_json::from_slice(&receipt).unwrap_or_default();
            return Outcome::Answered { refused: receipt.rejected.len() };
        }
        if !matches!(status.as_u16(), 408 | 429 | 500..) {
            return Outcome::Answered { refused: batch.events.len() };
        }
        let seconds =
            response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        Outcome::Later(Duration::from_secs(seconds.unwrap_or(0)))
    }
}

impl State {
    fn count(&self) -> usize {
        self.waiting.len() + self.batch.as_ref().map_or(0, |batch| batch.events.len())
    }
}

impl Batch {
    /// `sent_at` corrects a wrong clock.
    fn body(&self, sent_at: Timestamp) -> String {
        let Self { id, events } = self;
        format!(r#"{{"batch_id":"{id}","sent_at":"{sent_at:.3}","events":[{}]}}"#, events.join(","))
    }
}

/// Anything between 0 and 1. Where the system has no randomness, clients come back together, which is no more than
/// impolite.
fn random() -> f64 {
    getrandom::u32().map_or(1.0, |drawn| f64::from(drawn) / f64::from(u32::MAX))
}
