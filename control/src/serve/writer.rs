//! The thread that stores: all batches that wait, with one write and one sync.

use super::{Listener, Notice, compactor::Compactor, metrics::Metrics};
use edgewise_analysis::log::{Batch, Log, Receipt};
use jiff::Timestamp;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Instant,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// How many KiB of bodies may wait: what the server spends on a peak. At the rates it is built for, about a second.
const QUEUE_KIB: usize = 32 * 1024;
/// How many batches are stored with one sync at most, so that an answer never waits for too large a write.
const GROUP: usize = 1024;

/// The way to the thread that stores.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::UnboundedSender<Job>,
    room: Arc<Semaphore>,
    failing: Arc<AtomicBool>,
}

/// A place in the queue.
pub(super) struct Room {
    _permit: OwnedSemaphorePermit,
}

/// Why a batch was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotStored {
    /// The disk refused.
    Failed,
    /// The server is stopping.
    Stopping,
}

/// The threads, to be waited for.
pub(super) struct Storage {
    writer: JoinHandle<()>,
}

enum Job {
    Store { batch: Batch, answer: oneshot::Sender<Result<Receipt, NotStored>>, room: Room },
    Stop,
}

impl Writer {
    /// Starts the threads.
    pub(super) fn start(
        mut log: Log,
        retain: Option<u32>,
        metrics: Arc<Metrics>,
        listener: Listener,
    ) -> io::Result<(Self, Storage)> {
        let compactor =
            Compactor::start(log.folder().clone(), retain, Arc::clone(&metrics), Arc::clone(&listener))?;
        compactor.compact(log.take_sealed());
        let (jobs, queue) = mpsc::unbounded_channel();
        let writer = Self {
            jobs,
            room: Arc::new(Semaphore::new(QUEUE_KIB)),
            failing: Arc::new(AtomicBool::new(false)),
        };
        let failing = Arc::clone(&writer.failing);
        let thread = Thread { log, compactor, queue, metrics, listener, failing };
        let handle = thread::Builder::new().name("writer".to_owned()).spawn(move || thread.run())?;
        Ok((writer, Storage { writer: handle }))
    }

    /// Room for a body of this many bytes; none when the queue is full.
    pub(super) fn reserve(&self, bytes: usize) -> Option<Room> {
        let kib = u32::try_from(bytes / 1024 + 1).ok()?;
        Arc::clone(&self.room).try_acquire_many_owned(kib).ok().map(|permit| Room { _permit: permit })
    }

    /// How many bytes of bodies wait, to the KiB.
    pub(super) fn waiting_bytes(&self) -> usize {
        (QUEUE_KIB - self.room.available_permits().min(QUEUE_KIB)) * 1024
    }

    /// Stores a batch; it is on disk when this answers.
    pub(super) async fn store(&self, batch: Batch, room: Room) -> Result<Receipt, NotStored> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job::Store { batch, answer, room }).map_err(|_| NotStored::Stopping)?;
        answered.await.map_err(|_| NotStored::Stopping)?
    }

    /// Whether the last attempt to store failed, or nothing stores any more.
    pub(super) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed) || self.jobs.is_closed()
    }

    /// Has everything stored that was handed in before, and nothing after.
    pub(super) fn stop(&self) {
        // When the thread is gone it has stopped already.
        let _ = self.jobs.send(Job::Stop);
    }
}

impl Storage {
    /// Waits until everything is stored and compacted.
    pub(super) fn finish(self) {
        // A thread that panicked has said so by itself.
        let _ = self.writer.join();
    }
}

struct Thread {
    log: Log,
    compactor: Compactor,
    queue: mpsc::UnboundedReceiver<Job>,
    metrics: Arc<Metrics>,
    listener: Listener,
    failing: Arc<AtomicBool>,
}

impl Thread {
    fn run(mut self) {
        while let Some(job) = self.queue.blocking_recv() {
            let mut group = Group::default();
            group.add(job);
            while group.batches.len() < GROUP
                && let Ok(job) = self.queue.try_recv()
            {
                group.add(job);
            }
            if group.last {
                self.queue.close();
            }
            self.store(group);
            self.compactor.compact(self.log.take_sealed());
        }
        self.log.seal();
        self.compactor.compact(self.log.take_sealed());
        self.compactor.finish();
    }

    fn store(&mut self, group: Group) {
        if group.batches.is_empty() {
            return;
        }
        let (start, now) = (Instant::now(), Timestamp::now());
        let stored = self.log.commit(&group.batches, now);
        self.metrics.committed(start.elapsed(), now, stored.is_ok());
        let was_failing = self.failing.swap(stored.is_err(), Ordering::Relaxed);
        // Before anybody is answered: whoever hears that a batch is stored finds its room free again.
        drop((group.batches, group.rooms));
        // A client that has gone does not hear the answer: what it sends again is told by its ids.
        match stored {
            Ok(receipts) => {
                if was_failing {
                    (self.listener)(Notice::StorageRecovered);
                }
                for (answer, receipt) in group.answers.into_iter().zip(receipts) {
                    let _ = answer.send(Ok(receipt));
                }
            }
            Err(error) => {
                if !was_failing {
                    (self.listener)(Notice::StorageFailed(error));
                }
                for answer in group.answers {
                    let _ = answer.send(Err(NotStored::Failed));
                }
            }
        }
    }
}

/// What is stored with one sync.
#[derive(Default)]
struct Group {
    batches: Vec<Batch>,
    answers: Vec<oneshot::Sender<Result<Receipt, NotStored>>>,
    /// Given back when the group is stored.
    rooms: Vec<Room>,
    /// Nothing comes after this group.
    last: bool,
}

impl Group {
    fn add(&mut self, job: Job) {
        match job {
            Job::Stop => self.last = true,
            Job::Store { batch, answer, room } => {
                self.batches.push(batch);
                self.answers.push(answer);
                self.rooms.push(room);
            }
        }
    }
}
