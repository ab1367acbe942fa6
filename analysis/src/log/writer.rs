//! Writing: groups of batches, each on disk before anybody is told so.

use super::{
    Folder, LogError, Recovery, Reject,
    lock::Lock,
    recent::RecentIds,
    recovery,
    rejects::Rejects,
    segment::{AppendError, Segment},
    stored,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::value::RawValue;
use std::path::Path;
use uuid::Uuid;

/// The log, open for writing by this process alone.
#[derive(Debug)]
pub struct Log {
    folder: Folder,
    limits: Limits,
    active: Option<Segment>,
    next: u64,
    sealed: Vec<u64>,
    recent: RecentIds,
    rejects: Rejects,
    /// The time of the last commit: arrival times never go back, whatever the clock does.
    last: Timestamp,
    _lock: Lock,
}

/// How large things may grow.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A segment of this many bytes is sealed before the next group.
    pub segment_bytes: u64,
    /// How many ids are remembered to tell a repeated event.
    pub recent_ids: usize,
    /// At this many bytes the file of refused events replaces the one before it.
    pub rejected_bytes: u64,
}

impl Default for Limits {
    /// Segments of 64 MiB (some 200,000 events, which compact in a second or two), a million ids (50 MiB of memory:
    /// a minute or more at the rates a collector takes, and clients try again within seconds), 64 MiB of refused
    /// events, twice.
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, recent_ids: 1 << 20, rejected_bytes: 64 << 20 }
    }
}

/// What one request brought.
#[derive(Debug)]
pub struct Batch {
    /// When the client sent it, by the client's clock.
    pub sent_at: Option<Timestamp>,
    /// The events that are as they should be.
    pub events: Vec<NewEvent>,
    /// The others.
    pub rejects: Vec<Reject>,
}

/// An event to store.
#[derive(Debug)]
pub struct NewEvent {
    /// Its id.
    pub id: Uuid,
    /// Its own text.
    pub json: Box<RawValue>,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// How many events were stored.
    pub accepted: usize,
    /// Those that had been stored before.
    pub duplicate: Vec<Uuid>,
}

impl Log {
    /// Opens a data folder for writing, making it where there is none and repairing it where a crash left its marks.
    pub fn open(root: &Path, limits: Limits) -> Result<(Self, Recovery), LogError> {
        let folder = Folder::new(root);
        recovery::prepare(&folder)?;
        let lock = Lock::take(&folder)?;
        let mut recent = RecentIds::new(limits.recent_ids);
        let recovery = recovery::recover(&folder, &mut recent)?;
        let rejects = Rejects::open(&folder, limits.rejected_bytes)?;
        let log = Self {
            folder,
            limits,
            active: None,
            next: recovery.next,
            sealed: recovery.sealed.clone(),
            recent,
            rejects,
            last: Timestamp::MIN,
            _lock: lock,
        };
        Ok((log, recovery))
    }

    /// The folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Stores a group of batches with one write and one sync. When this returns receipts, all of it is on disk; when
    /// it returns an error, none of it counts as stored, and the next call may succeed.
    pub fn commit(&mut self, batches: &[Batch], now: Timestamp) -> Result<Vec<Receipt>, LogError> {
        let received_at = now.max(self.last);
        let receipts = self.store(batches.iter().map(|batch| (received_at, batch)), received_at)?;
        self.last = received_at;
        Ok(receipts)
    }

    /// Stores batches that another log had stored before, with their own times of arrival, of one day.
    pub fn restore(&mut self, day: Date, batches: &[(Timestamp, Batch)]) -> Result<Vec<Receipt>, LogError> {
        let midnight = day.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |midnight| midnight.timestamp());
        self.store(batches.iter().map(|(received_at, batch)| (*received_at, batch)), midnight)
    }

    /// Seals the segment that grows, so that it can be compacted.
    pub fn seal(&mut self) {
        self.sealed.extend(self.active.take().map(|segment| segment.number));
    }

    /// The segments that were sealed since this was last asked: those to [`compact`](super::compact).
    pub fn take_sealed(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.sealed)
    }

    /// Stores batches that arrived on the day of `arrival`.
    fn store<'b>(
        &mut self,
        batches: impl Iterator<Item = (Timestamp, &'b Batch)> + Clone,
        arrival: Timestamp,
    ) -> Result<Vec<Receipt>, LogError> {
        let mut lines = Vec::new();
        let receipts: Vec<_> =
            batches.clone().map(|(received_at, batch)| self.render(batch, received_at, &mut lines)).collect();
        let rejects = batches.flat_map(|(_, batch)| &batch.rejects);
        let stored = self
            .append(&lines, arrival.to_zoned(TimeZone::UTC).date())
            .and_then(|()| self.rejects.append(rejects, arrival));
        match stored {
            Ok(()) => Ok(receipts),
            Err(error) => {
                self.recent.forget_last(receipts.iter().map(|receipt| receipt.accepted).sum());
                Err(error)
            }
        }
    }

    /// Writes the lines of what is new in a batch.
    fn render(&mut self, batch: &Batch, received_at: Timestamp, lines: &mut Vec<u8>) -> Receipt {
        let start = stored::line_start(received_at, batch.sent_at);
        let mut receipt = Receipt { accepted: 0, duplicate: Vec::new() };
        for event in &batch.events {
            if self.recent.insert(event.id) {
                stored::write_line(lines, &start, &event.json);
                receipt.accepted += 1;
            } else {
                receipt.duplicate.push(event.id);
            }
        }
        receipt
    }

    /// Puts lines on disk, in the segment that grows or in a new one.
    fn append(&mut self, lines: &[u8], day: Date) -> Result<(), LogError> {
        if lines.is_empty() {
            return Ok(());
        }
        if self
            .active
            .as_ref()
            .is_some_and(|active| active.day != day || active.length >= self.limits.segment_bytes)
        {
            self.seal();
        }
        let segment = match &mut self.active {
            Some(segment) => segment,
            none => {
                let number = self.next;
                self.next += 1;
                none.insert(Segment::create(&self.folder, number, day)?)
            }
        };
        segment.append(lines).map_err(|AppendError { cause, broken }| {
            if broken {
                self.seal();
            }
            cause
        })
    }
}
