//! The thread that turns sealed segments into Parquet, behind the one that stores.

use super::{Listener, Notice, metrics::Metrics};
use edgewise_analysis::log::{Compaction, Folder, expire};
use jiff::{Timestamp, tz::TimeZone};
use std::{
    io,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// How often days that are too old are looked for.
const LOOK_FOR_OLD: Duration = Duration::from_hours(1);

/// The way to the thread that compacts.
pub(super) struct Compactor {
    segments: mpsc::Sender<u64>,
    metrics: Arc<Metrics>,
    thread: JoinHandle<()>,
}

impl Compactor {
    /// Starts the thread, which also gives up the events of days beyond the last `retain`.
    pub(super) fn start(
        folder: Folder,
        retain: Option<u32>,
        metrics: Arc<Metrics>,
        listener: Listener,
    ) -> io::Result<Self> {
        let (segments, sealed) = mpsc::channel::<u64>();
        let counted = Arc::clone(&metrics);
        let work = move || {
            let mut compaction = Compaction::new(folder.clone());
            let expire = || retain.map(|days| give_up(&folder, days, &listener));
            expire();
            loop {
                match sealed.recv_timeout(LOOK_FOR_OLD) {
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => _ = expire(),
                    Ok(segment) => {
                        let done = compaction.compact(segment);
                        metrics.compacted(done.as_ref().ok());
                        listener(match done {
                            Ok(compacted) => Notice::Compacted(compacted),
                            Err(error) => Notice::CompactionFailed { segment, error },
                        });
                    }
                }
            }
        };
        let thread = thread::Builder::new().name("compactor".to_owned()).spawn(work)?;
        Ok(Self { segments, metrics: counted, thread })
    }

    /// Has these segments compacted, in time.
    pub(super) fn compact(&self, segments: Vec<u64>) {
        self.metrics.sealed(segments.len());
        for segment in segments {
            // When the thread is gone the segment stays, and is compacted at the next start.
            let _ = self.segments.send(segment);
        }
    }

    /// Waits until all that were handed in are done.
    pub(super) fn finish(self) {
        drop(self.segments);
        // A thread that panicked has said so by itself.
        let _ = self.thread.join();
    }
}

/// Gives up the days that lie more than so many days before today, and says so.
fn give_up(folder: &Folder, days: u32, listener: &Listener) {
    match expire(folder, Timestamp::now().to_zoned(TimeZone::UTC).date(), days) {
        Ok(expired) => expired.into_iter().for_each(|expired| listener(Notice::Expired(expired))),
        Err(error) => listener(Notice::ExpiryFailed(error)),
    }
}
