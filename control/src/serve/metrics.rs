//! What the collector counts about itself, in the text format that Prometheus reads.

use axum::http::header;
use edgewise_analysis::{
    event::{Body, Event},
    log::{Compacted, Receipt},
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashSet},
    fmt::{self, Write as _},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use uuid::Uuid;

/// What the page is sent as.
pub(super) const CONTENT_TYPE: [(header::HeaderName, &str); 1] =
    [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];

/// Upper bounds of the classes of commit times, in microseconds: from a fast disk's sync to a client's patience.
const COMMIT_BOUNDS: [u64; 10] =
    [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];

/// Pairs of experiment and variant that are counted one by one, the first ones that come. Who sends thousands of names
/// does not thereby make thousands of series.
const MAX_SERIES: usize = 1_000;

/// Counters of one collector since its start.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    counts: Mutex<Counts>,
    bytes: AtomicU64,
    duplicates: AtomicU64,
    commits: [AtomicU64; COMMIT_BOUNDS.len()],
    commit_count: AtomicU64,
    commit_micros: AtomicU64,
    commit_failures: AtomicU64,
    /// Seconds since the Unix epoch; 0 before the first one.
    last_commit: AtomicI64,
    /// Sealed segments that wait for compaction.
    backlog: AtomicI64,
    compacted_events: AtomicU64,
    repeated: AtomicU64,
    compaction_failures: AtomicU64,
}

#[derive(Debug, Default)]
struct Counts {
    accepted: BTreeMap<&'static str, u64>,
    exposures: BTreeMap<(String, String), u64>,
    rejected: BTreeMap<&'static str, u64>,
    refused: BTreeMap<&'static str, u64>,
}

/// What an event counts as, once it is stored.
#[derive(Debug)]
pub(super) struct Kept {
    id: Uuid,
    type_name: &'static str,
    exposure: Option<(String, String)>,
}

/// What is known outside of the counters when the page is asked for.
#[derive(Debug)]
pub(super) struct State {
    pub(super) queue_bytes: usize,
    pub(super) failing: bool,
    pub(super) ruleset: String,
    pub(super) experiments: usize,
}

impl Kept {
    pub(super) fn of(event: Event) -> Self {
        let type_name = event.body.type_name();
        let exposure = match event.body {
            Body::Exposure(exposure) => Some((exposure.experiment, exposure.variant)),
            _ => None,
        };
        Self { id: event.id, type_name, exposure }
    }
}

impl Metrics {
    /// A batch was answered.
    pub(super) fn stored(
        &self,
        bytes: usize,
        events: Vec<Kept>,
        receipt: &Receipt,
        rejected: impl Iterator<Item = &'static str>,
    ) {
        self.bytes.fetch_add(bytes as u64, Relaxed);
        self.duplicates.fetch_add(receipt.duplicate.len() as u64, Relaxed);
        // An id that came twice in one batch was stored once.
        let mut duplicate: HashSet<Uuid> = receipt.duplicate.iter().copied().collect();
        let mut counts = self.counts();
        for Kept { id, type_name, exposure } in events {
            if duplicate.remove(&id) {
                continue;
            }
            *counts.accepted.entry(type_name).or_default() += 1;
            if let Some(exposure) = exposure
                && (counts.exposures.len() < MAX_SERIES || counts.exposures.contains_key(&exposure))
            {
                *counts.exposures.entry(exposure).or_default() += 1;
            }
        }
        for code in rejected {
            *counts.rejected.entry(code).or_default() += 1;
        }
    }

    /// A request was refused as a whole.
    pub(super) fn refused(&self, code: &'static str) {
        *self.counts().refused.entry(code).or_default() += 1;
    }

    /// A group was written, or was not.
    pub(super) fn committed(&self, took: Duration, now: Timestamp, stored: bool) {
        if !stored {
            self.commit_failures.fetch_add(1, Relaxed);
            return;
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        for (class, bound) in self.commits.iter().zip(COMMIT_BOUNDS) {
            class.fetch_add(u64::from(micros <= bound), Relaxed);
        }
        self.commit_count.fetch_add(1, Relaxed);
        self.commit_micros.fetch_add(micros, Relaxed);
        self.last_commit.store(now.as_second(), Relaxed);
    }

    /// Segments were handed to compaction.
    pub(super) fn sealed(&self, segments: usize) {
        self.backlog.fetch_add(i64::try_from(segments).unwrap_or(i64::MAX), Relaxed);
    }

    /// A segment is compacted, or stays as it is.
    pub(super) fn compacted(&self, compacted: Option<&Compacted>) {
        match compacted {
            Some(compacted) => {
                self.backlog.fetch_sub(1, Relaxed);
                self.compacted_events.fetch_add(compacted.events as u64, Relaxed);
                self.repeated.fetch_add(compacted.repeated, Relaxed);
            }
            None => _ = self.compaction_failures.fetch_add(1, Relaxed),
        }
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The page.
    pub(super) fn page(&self, state: &State) -> String {
        let mut page = Page::default();
        let counts = self.counts();
        let by = |label: &'static str| {
            move |(value, count): (&&'static str, &u64)| (vec![(label, (*value).to_owned())], *count)
        };
        page.counter("events_accepted", "Events stored, by type.", counts.accepted.iter().map(by("type")));
        page.counter(
            "events_rejected",
            "Events refused, by the code of the reason.",
            counts.rejected.iter().map(by("code")),
        );
        page.counter(
            "requests_refused",
            "Requests refused as a whole, by code.",
            counts.refused.iter().map(by("code")),
        );
        let exposures = counts.exposures.iter().map(|((experiment, variant), count)| {
            (vec![("experiment", experiment.clone()), ("variant", variant.clone())], *count)
        });
        page.counter("exposures", "Exposures stored, by experiment and variant.", exposures);
        drop(counts);
        page.single(
            "counter",
            "events_duplicate_total",
            "Events sent again within the recent window.",
            &self.duplicates.load(Relaxed),
        );
        page.single(
            "counter",
            "received_bytes_total",
            "Bytes of answered batches.",
            &self.bytes.load(Relaxed),
        );
        self.commit_times(&mut page);
        page.single(
            "counter",
            "commit_failures_total",
            "Groups that the disk refused.",
            &self.commit_failures.load(Relaxed),
        );
        page.single(
            "gauge",
            "last_commit_timestamp_seconds",
            "When events were stored last; 0 before the first time.",
            &self.last_commit.load(Relaxed),
        );
        page.single(
            "gauge",
            "storage_failing",
            "Whether nothing can be stored at present.",
            &u8::from(state.failing),
        );
        page.single("gauge", "queue_bytes", "Bytes of bodies that wait to be stored.", &state.queue_bytes);
        page.single(
            "gauge",
            "backlog_segments",
            "Sealed segments that wait for compaction.",
            &self.backlog.load(Relaxed),
        );
        page.single(
            "counter",
            "compacted_events_total",
            "Events turned into Parquet.",
            &self.compacted_events.load(Relaxed),
        );
        page.single(
            "counter",
            "events_repeated_total",
            "Events dropped when their segment was sealed, because they had come long before.",
            &self.repeated.load(Relaxed),
        );
        page.single(
            "counter",
            "compaction_failures_total",
            "Segments that could not be compacted.",
            &self.compaction_failures.load(Relaxed),
        );
        page.single("gauge", "experiments", "Experiments in the ruleset that is served.", &state.experiments);
        page.head("gauge", "ruleset_info", "The ruleset that is served.");
        page.line("ruleset_info", &[("digest", state.ruleset.clone())], &1);
        page.0
    }

    fn commit_times(&self, page: &mut Page) {
        page.head("histogram", "commit_seconds", "How long writing and syncing a group took.");
        for (class, bound) in self.commits.iter().zip(COMMIT_BOUNDS) {
            page.line("commit_seconds_bucket", &[("le", seconds(bound))], &class.load(Relaxed));
        }
        let count = self.commit_count.load(Relaxed);
        page.line("commit_seconds_bucket", &[("le", "+Inf".to_owned())], &count);
        page.line("commit_seconds_sum", &[], &seconds(self.commit_micros.load(Relaxed)));
        page.line("commit_seconds_count", &[], &count);
    }
}

/// Microseconds in seconds, written exactly.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// A page in the making. Writing to a String does not fail.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, kind: &str, name: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP edgewise_{name} {help}\n# TYPE edgewise_{name} {kind}");
    }

    fn single(&mut self, kind: &str, name: &str, help: &str, value: &impl fmt::Display) {
        self.head(kind, name, help);
        self.line(name, &[], value);
    }

    fn counter(
        &mut self,
        name: &str,
        help: &str,
        series: impl Iterator<Item = (Vec<(&'static str, String)>, u64)>,
    ) {
        let name = format!("{name}_total");
        self.head("counter", &name, help);
        for (labels, count) in series {
            self.line(&name, &labels, &count);
        }
    }

    fn line(&mut self, name: &str, labels: &[(&str, String)], value: &impl fmt::Display) {
        let _ = write!(self.0, "edgewise_{name}");
        for (at, (label, text)) in labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{before}{label}=\"{escaped}\"");
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{close} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_commit_times_are_cumulative_and_labels_are_escaped() {
        let metrics = Metrics::default();
        for millis in [1, 30, 7000] {
            metrics.committed(Duration::from_millis(millis), Timestamp::UNIX_EPOCH, true);
        }
        metrics.committed(Duration::ZERO, Timestamp::UNIX_EPOCH, false);
        let exposure = Some(("a\"b\\c\n".to_owned(), "v".to_owned()));
        let kept = |id| Kept { id: Uuid::from_u128(id), type_name: "exposure", exposure: exposure.clone() };
        let receipt = Receipt { accepted: 2, duplicate: vec![Uuid::from_u128(2)] };
        metrics.stored(7, vec![kept(1), kept(2), kept(2)], &receipt, ["bad_value"].into_iter());
        let state = State { queue_bytes: 3, failing: false, ruleset: "d".to_owned(), experiments: 1 };
        let page = metrics.page(&state);
        for line in [
            "edgewise_commit_seconds_bucket{le=\"0.001000\"} 1",
            "edgewise_commit_seconds_bucket{le=\"0.050000\"} 2",
            "edgewise_commit_seconds_bucket{le=\"5.000000\"} 2",
            "edgewise_commit_seconds_bucket{le=\"+Inf\"} 3",
            "edgewise_commit_seconds_sum 7.031000",
            "edgewise_commit_failures_total 1",
            "edgewise_events_accepted_total{type=\"exposure\"} 2",
            "edgewise_events_duplicate_total 1",
            "edgewise_events_rejected_total{code=\"bad_value\"} 1",
            "edgewise_exposures_total{experiment=\"a\\\"b\\\\c\\n\",variant=\"v\"} 2",
            "edgewise_ruleset_info{digest=\"d\"} 1",
        ] {
            assert!(page.lines().any(|given| given == line), "{line}\n{page}");
        }
    }
}
