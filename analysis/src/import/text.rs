//! NDJSON and CSV, a part at a time: cells go straight into the columns that are asked for.

use super::{
    bytes,
    file::{Format, ImportFile, Part},
    left_out::LeftOut,
    moment::parse_us,
    reading::Asked,
    row::{Choice, Row, TextCell},
    table::{Column, value_type},
};
use crate::{
    decimal::Decimal,
    property::PropertyKind,
    rows::{Cell, ImportError, Place, ndjson},
};
use datafusion::arrow::array::{
    ArrayRef, Decimal128Builder, RecordBatch, StringViewBuilder, TimestampMicrosecondArray, UInt64Array,
};
use std::{borrow::Cow, fs::File, sync::Arc};

/// Reads the rows of a part that are asked for.
pub(super) fn read(
    file: &ImportFile,
    part: &Part,
    asked: &Asked,
    left_out: &mut LeftOut,
    buffer: &mut Vec<u8>,
) -> Result<RecordBatch, ImportError> {
    let mut opened = file.open_again()?;
    let (begin, start) = fill(file, &mut opened, part, buffer)?;
    let part = buffer.get(start..).unwrap_or_default();
    let mut rows =
        Rows { file, asked, left_out, columns: asked.columns.iter().map(Made::new).collect(), count: 0 };
    let read = match &file.format {
        Format::Csv(layout) => layout
            .read_part(&file.path, part, &mut |(line, before), cells| rows.push(line, begin + before, cells)),
        Format::Ndjson | Format::Parquet(_) => read_lines(&mut rows, part, begin),
    };
    match read {
        Ok(()) => rows.finish(),
        Err(error) => {
            // Nobody counts lines until one is broken.
            let before = bytes::lines_before(&file.path, begin).map_err(|error| file.failed(error))?;
            Err(error.after_lines(before))
        }
    }
}

fn fill(
    file: &ImportFile,
    opened: &mut File,
    part: &Part,
    buffer: &mut Vec<u8>,
) -> Result<(u64, usize), ImportError> {
    let first = match &file.format {
        Format::Csv(layout) => layout.header,
        Format::Ndjson | Format::Parquet(_) => 0,
    };
    let filled = match part {
        Part::Lines(range) => bytes::lines(opened, range, first, buffer),
        Part::Rows(range) => bytes::fill(opened, range, buffer).map(|()| (range.start, 0)),
        Part::Groups(_) => Ok((0, 0)),
    };
    filled.map_err(|error| file.failed(error))
}

fn read_lines(rows: &mut Rows<'_>, part: &[u8], begin: u64) -> Result<(), ImportError> {
    let path = &rows.file.path;
    let text = std::str::from_utf8(part).map_err(|error| {
        let sound = part.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + bytes::line_breaks(sound);
        Place { file: path, line }.bad_row("the row is not UTF-8: save the file as UTF-8")
    })?;
    let names: Vec<&str> = rows.file.columns.iter().map(String::as_str).collect();
    let mut cells = vec![Cell::Missing; names.len()];
    let mut at = begin;
    for (line, whole) in (1..).zip(text.split_inclusive('\n')) {
        let row = if at == 0 { ndjson::without_mark(whole) } else { whole };
        cells.fill(Cell::Missing);
        let is_row = ndjson::read_line(row, &names, &mut cells)
            .map_err(|message| Place { file: path, line }.bad_row(message))?;
        if is_row {
            rows.push(line, at, &cells)?;
        }
        at += whole.len() as u64;
    }
    Ok(())
}

/// The columns in the making.
struct Rows<'a> {
    file: &'a ImportFile,
    asked: &'a Asked,
    left_out: &'a mut LeftOut,
    columns: Vec<Made>,
    count: usize,
}

enum Made {
    Texts(Column, StringViewBuilder),
    Moments(Vec<i64>),
    Value(Decimal128Builder),
    Numbers(usize, Decimal128Builder),
    Places(Vec<u64>),
}

impl Rows<'_> {
    fn push(&mut self, line: u64, at: u64, cells: &[Cell<'_>]) -> Result<(), ImportError> {
        let file = self.file;
        let row = TextRow { file, line, cells, has_ids: self.asked.has_ids };
        if self.asked.until_us.is_some() && self.asked.is_over(row.moment()?) {
            return Ok(());
        }
        let type_name = match self.asked.kept.keeps(&row)? {
            Choice::Kept(type_name) => type_name,
            Choice::Elsewhere => return Ok(()),
            Choice::LeftOut(reason) => {
                self.left_out.count(reason);
                return Ok(());
            }
        };
        let moment = row.moment()?;
        for column in &mut self.columns {
            match column {
                Made::Texts(Column::Type, texts) => texts.append_value(type_name),
                Made::Texts(column, texts) => texts.append_option(row.column(column, at)?),
                Made::Moments(moments) => moments.push(moment),
                Made::Value(values) => values.append_option(row.value()?.map(millionths)),
                Made::Numbers(property, numbers) => {
                    let number = row.property(*property).and_then(|cell| cell.number().ok());
                    numbers.append_option(number.map(millionths));
                }
                Made::Places(places) => places.push(file.row_number(at)),
            }
        }
        self.count += 1;
        Ok(())
    }

    fn finish(self) -> Result<RecordBatch, ImportError> {
        let columns = self.columns.into_iter().map(Made::finish).collect();
        self.asked.batch(columns, self.count)
    }
}

impl Made {
    fn new(column: &Column) -> Self {
        let numbers = || Decimal128Builder::new().with_data_type(value_type());
        match column {
            Column::Ts | Column::ReceivedAt => Self::Moments(Vec::new()),
            Column::Value => Self::Value(numbers()),
            Column::Property(property, PropertyKind::Number) => Self::Numbers(*property, numbers()),
            Column::Place => Self::Places(Vec::new()),
            column => Self::Texts(column.clone(), StringViewBuilder::new()),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Texts(_, mut texts) => Arc::new(texts.finish()),
            Self::Moments(moments) => Arc::new(TimestampMicrosecondArray::from(moments).with_timezone("UTC")),
            Self::Value(mut numbers) | Self::Numbers(_, mut numbers) => Arc::new(numbers.finish()),
            Self::Places(places) => Arc::new(UInt64Array::from(places)),
        }
    }
}

fn millionths(number: Decimal) -> i128 {
    i128::from(number.millionths())
}

/// A row of cells.
struct TextRow<'r, 'c> {
    file: &'r ImportFile,
    line: u64,
    cells: &'r [Cell<'c>],
    has_ids: bool,
}

impl TextRow<'_, '_> {
    fn cell(&self, place: Option<usize>) -> Option<&Cell<'_>> {
        self.cells.get(place?)
    }

    fn bad(&self, place: Option<usize>, cell: &Cell<'_>, allowed: impl Into<String>) -> ImportError {
        let column = place.and_then(|place| self.file.columns.get(place)).map_or("", String::as_str);
        Place { file: &self.file.path, line: self.line }.bad_cell(column, cell, allowed)
    }

    fn moment(&self) -> Result<i64, ImportError> {
        let place = Some(self.file.places.ts);
        let cell = self.cell(place).unwrap_or(&Cell::Missing);
        let moment = match cell {
            Cell::Text(text) => parse_us(text),
            _ => None,
        };
        moment.ok_or_else(|| self.bad(place, cell, MOMENTS))
    }

    fn value(&self) -> Result<Option<Decimal>, ImportError> {
        let place = self.file.places.value;
        match self.cell(place) {
            None | Some(Cell::Missing) => Ok(None),
            // What says that nothing is here is no number.
            Some(cell) => match cell.number() {
                Ok(number) => Ok(Some(number)),
                Err(_) if cell.is_missing_number() => Ok(None),
                Err(error) => Err(self.bad(place, cell, format!("a number: {error}"))),
            },
        }
    }

    fn property(&self, property: usize) -> Option<&Cell<'_>> {
        self.cell(self.file.places.properties.get(property).copied().flatten())
    }

    /// What a column of texts holds of the row.
    fn column(&self, column: &Column, at: u64) -> Result<Option<Cow<'_, str>>, ImportError> {
        let text = |cell| self.text(cell).map(|text| text.map(Cow::Borrowed));
        match column {
            // Where no file has ids, nobody looks at them.
            Column::Id if !self.has_ids => Ok(Some(Cow::Borrowed(""))),
            Column::Id => Ok(Some(text(TextCell::Id)?.unwrap_or_else(|| Cow::Owned(self.file.row_id(at))))),
            Column::Unit => text(TextCell::Unit),
            Column::Name => text(TextCell::Name),
            Column::Variant => text(TextCell::Variant),
            Column::Property(property, _) => {
                Ok(self.property(*property).and_then(property_text).map(Cow::Borrowed))
            }
            Column::Type | Column::Ts | Column::ReceivedAt | Column::Value | Column::Place => Ok(None),
        }
    }
}

impl Row for TextRow<'_, '_> {
    fn text(&self, cell: TextCell) -> Result<Option<&str>, ImportError> {
        let place = self.file.places.text(cell);
        match self.cell(place) {
            None | Some(Cell::Missing) => Ok(None),
            Some(Cell::Text(text)) => Ok(Some(text.as_ref()).filter(|text| !text.is_empty())),
            Some(cell) => Err(self.bad(place, cell, TEXTS)),
        }
    }
}

/// What a cell of a name or an id may hold.
pub(super) const TEXTS: &str = "text or a whole number";
/// What a cell of a moment may hold.
pub(super) const MOMENTS: &str = "a moment, such as 2026-11-21T08:00:00Z or (in UTC) 2026-11-21 08:00:00";

/// The text that spells a property.
pub(super) fn property_text<'a>(cell: &'a Cell<'_>) -> Option<&'a str> {
    match cell {
        Cell::Bool(true) => Some("true"),
        Cell::Bool(false) => Some("false"),
        cell => cell.text(),
    }
}
