//! Parquet columns of single values.

use super::{Cell, ImportError, Place, Visit};
use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray as _},
        compute::cast,
        datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType},
        error::ArrowError,
    },
    parquet::{
        arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
        errors::ParquetError,
    },
};
use jiff::Timestamp;
use std::{borrow::Cow, fs::File, path::Path};

pub(super) fn read(file: &Path, wanted: &[&str], visit: Visit<'_>) -> Result<(), ImportError> {
    let broken =
        |error: ParquetError| Place { file, line: 1 }.bad_row(format!("not a Parquet file: {error}"));
    let opened = File::open(file).map_err(|error| ImportError::Io { file: file.to_owned(), error })?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(opened).map_err(broken)?;
    let given: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    if let Some(column) = wanted.iter().find(|column| !given.iter().any(|name| name == *column)) {
        return Err(ImportError::NoColumn { file: file.to_owned(), column: (*column).to_owned(), given });
    }
    let roots = wanted.iter().filter_map(|column| given.iter().position(|name| name == column));
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let reader = builder.with_projection(mask).build().map_err(broken)?;
    let mut line = 0;
    for batch in reader {
        let batch = batch?;
        let column = |name: &&str| batch.column_by_name(name).map_or(Ok(Column::Other), Column::of);
        let columns = wanted.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            line += 1;
            let cells: Vec<Cell<'_>> = columns.iter().map(|column| column.cell(row)).collect();
            visit(Place { file, line }, &cells)?;
        }
    }
    Ok(())
}

/// A column, cast to the one type of its kind that cells are made of.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    Text(ArrayRef),
    Bool(ArrayRef),
    Float(ArrayRef),
    Time(ArrayRef),
    Other,
}

impl Column {
    pub(crate) fn of(column: &ArrayRef) -> Result<Self, ArrowError> {
        let data_type = match column.data_type() {
            DataType::Dictionary(_, values) => values.as_ref(),
            data_type => data_type,
        };
        Ok(match data_type {
            DataType::Boolean => Self::Bool(cast(column, &DataType::Boolean)?),
            DataType::Float16 | DataType::Float32 | DataType::Float64 => {
                Self::Float(cast(column, &DataType::Float64)?)
            }
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => {
                Self::Time(cast(column, &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?)
            }
            data_type if data_type.is_nested() => Self::Other,
            // Text as it is; integers and decimals by their digits.
            _ => Self::Text(cast(column, &DataType::Utf8)?),
        })
    }

    pub(crate) fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Other => Cell::Other("a nested value"),
            Self::Text(column) | Self::Bool(column) | Self::Float(column) | Self::Time(column)
                if column.is_null(row) =>
            {
                Cell::Missing
            }
            Self::Text(column) => Cell::Text(Cow::Borrowed(column.as_string::<i32>().value(row))),
            Self::Bool(column) => Cell::Bool(column.as_boolean().value(row)),
            Self::Float(column) => Cell::Float(column.as_primitive::<Float64Type>().value(row)),
            Self::Time(column) => {
                let moment =
                    Timestamp::from_microsecond(column.as_primitive::<TimestampMicrosecondType>().value(row));
                moment.map_or(Cell::Other("a moment out of range"), Cell::Time)
            }
        }
    }
}
