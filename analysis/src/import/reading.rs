//! Reading files side by side: their parts in a queue, and readers that take one after another.

use super::{
    file::{Format, ImportFile, Part},
    left_out::LeftOut,
    parquet::GroupReader,
    row::Kept,
    table::{Column, Table},
    text,
};
use crate::{
    rows::ImportError,
    scan::{Reader, Scan, take_all},
};
use datafusion::arrow::{
    array::{ArrayRef, RecordBatch, RecordBatchOptions},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use std::{
    collections::VecDeque,
    num::NonZeroUsize,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// The events of files. What is left out of those without exposures is known once they were read.
#[derive(Debug)]
pub(super) struct Events {
    pub(super) table: Table,
    /// Files in which some rows may be exposures, and some events.
    pub(super) with_exposures: Vec<Arc<ImportFile>>,
    pub(super) without_exposures: Vec<Arc<ImportFile>>,
    /// Whether a file says the events' ids, which may come twice then.
    pub(super) has_ids: bool,
    /// Rows of a later moment are not there.
    pub(super) until_us: Option<i64>,
    /// What is left out of files without exposures.
    pub(super) left_out: Arc<OnceLock<LeftOut>>,
}

impl Events {
    /// What is left out of files without exposures: read for that where nobody read them yet.
    pub(super) fn left_out(&self, most: NonZeroUsize) -> Result<LeftOut, ImportError> {
        if self.left_out.get().is_none() {
            take_all(self.readers(&[], most)?, |_| Ok(()))?;
        }
        Ok(self.left_out.get().copied().unwrap_or_default())
    }
}

impl Scan for Events {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn readers(&self, columns: &[&str], most: NonZeroUsize) -> Result<Vec<Reader>, ImportError> {
        let columns = self.table.named(columns)?.into_iter().zip(columns.iter().map(ToString::to_string));
        let asked = Asked::new(Kept::Events, columns, self.has_ids, self.until_us);
        let mut queue = Queue::new(asked);
        queue.add(&self.with_exposures, None);
        queue.add(&self.without_exposures, Some(Arc::clone(&self.left_out)));
        Ok(queue.readers(most))
    }
}

/// What readers give.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) kept: Kept,
    pub(super) columns: Vec<Column>,
    pub(super) has_ids: bool,
    /// Rows of a later moment are not there.
    pub(super) until_us: Option<i64>,
    schema: SchemaRef,
}

impl Asked {
    /// These columns by these names.
    pub(super) fn new(
        kept: Kept,
        columns: impl Iterator<Item = (Column, String)>,
        has_ids: bool,
        until_us: Option<i64>,
    ) -> Self {
        // Texts as views: most are short, and lie in them.
        let field = |(column, name): (Column, String)| {
            let field = Field::new(name, column.data_type(DataType::Utf8View), true);
            (column, field)
        };
        let (columns, fields): (Vec<_>, Vec<_>) = columns.map(field).unzip();
        Self { kept, columns, has_ids, until_us, schema: Arc::new(Schema::new(fields)) }
    }

    /// Whether a row of this moment is not there.
    pub(super) fn is_over(&self, ts_us: i64) -> bool {
        self.until_us.is_some_and(|until_us| ts_us > until_us)
    }

    pub(super) fn batch(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, ImportError> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

/// The parts that nobody has taken yet.
pub(super) struct Queue {
    asked: Asked,
    parts: Mutex<VecDeque<Queued>>,
}

/// A part, its file, and where what is left out of it is counted.
type Queued = (Arc<ImportFile>, Part, Option<Arc<Tally>>);

impl Queue {
    pub(super) fn new(asked: Asked) -> Self {
        Self { asked, parts: Mutex::default() }
    }

    /// Adds all parts of the files. When they were all read, what is left out of them is told to `counted`, if nobody
    /// did before.
    pub(super) fn add(&mut self, files: &[Arc<ImportFile>], counted: Option<Arc<OnceLock<LeftOut>>>) {
        let of_file = |file: &Arc<ImportFile>| {
            let file = Arc::clone(file);
            file.parts.clone().into_iter().map(move |part| (Arc::clone(&file), part))
        };
        let parts: Vec<_> = files.iter().flat_map(of_file).collect();
        let tally = counted
            .map(|counted| Arc::new(Tally { counted, open: Mutex::new((parts.len(), LeftOut::default())) }));
        if let Some(tally) = &tally {
            tally.add(0, LeftOut::default());
        }
        let queue = self.parts.get_mut().unwrap_or_else(PoisonError::into_inner);
        queue.extend(parts.into_iter().map(|(file, part)| (file, part, tally.clone())));
    }

    /// At most so many readers.
    pub(super) fn readers(self, most: NonZeroUsize) -> Vec<Reader> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner).len();
        let queue = Arc::new(self);
        let reader =
            || PartsReader { queue: Arc::clone(&queue), groups: None, buffer: Vec::new(), is_over: false };
        (0..most.get().min(parts)).map(|_| Box::new(reader()) as Reader).collect()
    }

    fn next(&self) -> Option<Queued> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// What is left out of files, as their parts are read.
struct Tally {
    counted: Arc<OnceLock<LeftOut>>,
    /// Parts that are not read to their end, and what was left out of the others.
    open: Mutex<(usize, LeftOut)>,
}

impl Tally {
    fn add(&self, parts: usize, left_out: LeftOut) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.0 = open.0.saturating_sub(parts);
        open.1 += left_out;
        if open.0 == 0 {
            // Every reading counts the same.
            let _ = self.counted.set(open.1);
        }
    }
}

/// Takes part after part.
struct PartsReader {
    queue: Arc<Queue>,
    groups: Option<(GroupReader, Option<Arc<Tally>>)>,
    buffer: Vec<u8>,
    is_over: bool,
}

impl PartsReader {
    fn advance(&mut self) -> Result<Option<RecordBatch>, ImportError> {
        loop {
            if let Some((groups, tally)) = &mut self.groups {
                if let Some(batch) = groups.next(&self.queue.asked)? {
                    return Ok(Some(batch));
                }
                if let Some(tally) = tally {
                    tally.add(1, groups.left_out());
                }
                self.groups = None;
            }
            let Some((file, part, tally)) = self.queue.next() else { return Ok(None) };
            if let (Format::Parquet(parquet), Part::Groups(groups)) = (&file.format, &part) {
                self.groups = Some((parquet.read(&file, groups, &self.queue.asked)?, tally));
                continue;
            }
            let mut left_out = LeftOut::default();
            let batch = text::read(&file, &part, &self.queue.asked, &mut left_out, &mut self.buffer)?;
            if let Some(tally) = tally {
                tally.add(1, left_out);
            }
            if batch.num_rows() > 0 {
                return Ok(Some(batch));
            }
        }
    }
}

impl Iterator for PartsReader {
    type Item = Result<RecordBatch, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.advance().transpose();
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}
