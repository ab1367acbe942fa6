//! The thread that turns sealed segments into Parquet, behind the one that stores.

use super::{Listener, Notice};
use edgewise_analysis::log::{Compaction, Folder};
use std::{
    io,
    sync::mpsc,
    thread::{self, JoinHandle},
};

/// The way to the thread that compacts.
pub(super) struct Compactor {
    segments: mpsc::Sender<u64>,
    thread: JoinHandle<()>,
}

impl Compactor {
    /// Starts the thread.
    pub(super) fn start(folder: Folder, listener: Listener) -> io::Result<Self> {
        let (segments, sealed) = mpsc::channel::<u64>();
        let work = move || {
            let mut compaction = Compaction::new(folder);
            for segment in sealed {
                listener(match compaction.compact(segment) {
                    Ok(compacted) => Notice::Compacted(compacted),
                    Err(error) => Notice::CompactionFailed { segment, error },
                });
            }
        };
        let thread = thread::Builder::new().name("compactor".to_owned()).spawn(work)?;
        Ok(Self { segments, thread })
    }

    /// Has these segments compacted, in time.
    pub(super) fn compact(&self, segments: Vec<u64>) {
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
