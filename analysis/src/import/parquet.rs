//! Parquet, a batch of rows at a time: whole columns are turned into those that are asked for.

mod columns;

use super::{
    file::ImportFile,
    left_out::LeftOut,
    reading::Asked,
    row::{Kept, TextCell},
    table::Column,
};
use crate::rows::{ImportError, Place};
use columns::Columns;
use datafusion::{
    arrow::{
        array::RecordBatch,
        datatypes::{DataType, Field, Schema},
    },
    parquet::{
        arrow::{
            ProjectionMask,
            arrow_reader::{
                ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
                ParquetRecordBatchReaderBuilder,
            },
        },
        errors::ParquetError,
    },
};
use std::{fs::File, ops::Range, path::Path, sync::Arc};

/// Rows a batch.
const ROWS: usize = 1 << 15;

/// A Parquet file's own description of itself.
#[derive(Debug)]
pub(super) struct ParquetFile {
    metadata: ArrowReaderMetadata,
}

/// Row groups that are read together: one, or several small ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Groups {
    groups: Range<usize>,
    /// Rows of the file before the first of them.
    before: u64,
}

impl ParquetFile {
    /// Opens the file, and checks that it has the columns.
    pub(super) fn open(path: &Path, columns: &[&str]) -> Result<Self, ImportError> {
        let broken = |error: ParquetError| {
            Place { file: path, line: 1 }.bad_row(format!("not a Parquet file: {error}"))
        };
        let opened = File::open(path).map_err(|error| ImportError::Io { file: path.to_owned(), error })?;
        let metadata = ArrowReaderMetadata::load(&opened, ArrowReaderOptions::default()).map_err(broken)?;
        let given: Vec<String> =
            metadata.schema().fields().iter().map(|field| field.name().clone()).collect();
        if let Some(column) = columns.iter().find(|column| !given.iter().any(|name| name == *column)) {
            return Err(ImportError::NoColumn { file: path.to_owned(), column: (*column).to_owned(), given });
        }
        let options = ArrowReaderOptions::default().with_schema(Arc::new(with_views(metadata.schema())));
        let viewed = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options);
        Ok(Self { metadata: viewed.unwrap_or(metadata) })
    }

    /// Whether the file has rows, and this column is of floats.
    pub(super) fn has_floats(&self, column: &str) -> bool {
        let is_float = |field: &Field| match field.data_type() {
            DataType::Dictionary(_, values) => values.is_floating(),
            data_type => data_type.is_floating(),
        };
        self.metadata.metadata().file_metadata().num_rows() > 0
            && self.metadata.schema().field_with_name(column).is_ok_and(is_float)
    }

    /// All row groups, small ones together.
    pub(super) fn groups(&self) -> Vec<Groups> {
        let mut all: Vec<Groups> = Vec::new();
        let (mut before, mut rows_of_last) = (0, 0);
        for (index, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let rows = u64::try_from(group.num_rows()).unwrap_or_default();
            match all.last_mut() {
                Some(last) if rows_of_last + rows <= ROWS as u64 => {
                    last.groups.end = index + 1;
                    rows_of_last += rows;
                }
                _ => {
                    all.push(Groups { groups: index..index + 1, before });
                    rows_of_last = rows;
                }
            }
            before += rows;
        }
        all
    }

    /// Begins to read row groups.
    pub(super) fn read(
        &self,
        file: &Arc<ImportFile>,
        groups: &Groups,
        asked: &Asked,
    ) -> Result<GroupReader, ImportError> {
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file.open_again()?, self.metadata.clone());
        let given = builder.schema().fields();
        let wanted = file.columns.iter().enumerate().filter(|(place, _)| is_read(file, asked, *place));
        let roots: Vec<usize> =
            wanted.filter_map(|(_, column)| given.iter().position(|field| field.name() == column)).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let reader = builder
            .with_projection(mask)
            .with_row_groups(groups.groups.clone().collect())
            .with_batch_size(ROWS)
            .build()
            .map_err(|error| ImportError::Arrow(error.into()))?;
        Ok(GroupReader {
            file: Arc::clone(file),
            reader,
            before: groups.before,
            left_out: LeftOut::default(),
        })
    }
}

/// The schema with texts as views, which share the bytes of the file's pages.
fn with_views(schema: &Schema) -> Schema {
    let viewed = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View))
        }
        _ => Arc::clone(field),
    };
    Schema::new_with_metadata(
        schema.fields().iter().map(viewed).collect::<Vec<_>>(),
        schema.metadata().clone(),
    )
}

/// Whether a reading needs a mapped column.
fn is_read(file: &ImportFile, asked: &Asked, place: usize) -> bool {
    let asks = |column: &Column| asked.columns.contains(column);
    let text = |cell| file.places.text(cell) == Some(place);
    let property = |column: &Column| match column {
        Column::Property(property, _) => file.places.properties.get(*property) == Some(&Some(place)),
        _ => false,
    };
    let tells_class = [TextCell::Unit, TextCell::Type, TextCell::Variant, TextCell::Name];
    tells_class.into_iter().any(text)
        || (text(TextCell::Experiment) && matches!(asked.kept, Kept::Exposures(_)))
        || (text(TextCell::Id) && asks(&Column::Id))
        || (file.places.ts == place
            && (asks(&Column::Ts) || asks(&Column::ReceivedAt) || asked.until_us.is_some()))
        || (file.places.value == Some(place) && asks(&Column::Value))
        || asked.columns.iter().any(property)
}

/// Rows of a file, as they are read.
pub(super) struct GroupReader {
    file: Arc<ImportFile>,
    reader: ParquetRecordBatchReader,
    /// Rows of the file before the next batch.
    before: u64,
    left_out: LeftOut,
}

impl GroupReader {
    pub(super) fn next(&mut self, asked: &Asked) -> Result<Option<RecordBatch>, ImportError> {
        for batch in self.reader.by_ref() {
            let batch = batch?;
            let columns = Columns::of(&self.file, &batch, self.before)?;
            self.before += batch.num_rows() as u64;
            let read = columns.read(asked, &mut self.left_out)?;
            if read.num_rows() > 0 {
                return Ok(Some(read));
            }
        }
        Ok(None)
    }

    pub(super) fn left_out(&self) -> LeftOut {
        self.left_out
    }
}
