//! The columns of a Parquet file as those that are asked for.

use crate::{
    decimal::Decimal,
    import::{
        file::ImportFile,
        float::millionths,
        left_out::LeftOut,
        moment::parse_us,
        reading::Asked,
        row::{Choice, Kept, Row, TextCell},
        table::Column,
        text::{MOMENTS, TEXTS, property_text},
    },
    property::PropertyKind,
    rows::{Cell, ImportError, Place, parquet::Column as Cells},
};
use datafusion::arrow::{
    array::{
        Array as _, ArrayRef, AsArray, BooleanArray, Decimal128Array, RecordBatch, StringViewArray,
        StringViewBuilder, UInt64Array, make_view,
    },
    compute::{cast, filter, max, min},
    datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType},
    error::ArrowError,
};
use jiff::Timestamp;
use std::sync::Arc;

/// The columns of a batch, as the file has them.
pub(super) struct Columns<'a> {
    file: &'a ImportFile,
    batch: &'a RecordBatch,
    before: u64,
    texts: [Option<Texts>; TextCell::ALL.len()],
}

/// A column of names or ids.
enum Texts {
    Views(StringViewArray),
    /// Cells of another type: only missing ones will do.
    Not(Cells),
}

impl<'a> Columns<'a> {
    pub(super) fn of(file: &'a ImportFile, batch: &'a RecordBatch, before: u64) -> Result<Self, ImportError> {
        let mut columns = Self { file, batch, before, texts: [const { None }; TextCell::ALL.len()] };
        for (cell, texts) in TextCell::ALL.into_iter().zip(&mut columns.texts) {
            let place = file.places.text(cell);
            let column = place.and_then(|place| batch.column_by_name(file.columns.get(place)?));
            *texts = column.map(Texts::of).transpose()?;
        }
        Ok(columns)
    }

    /// The rows and columns that are asked for.
    ///
    /// # Errors
    /// Where a cell is not what its column holds.
    pub(super) fn read(&self, asked: &Asked, left_out: &mut LeftOut) -> Result<RecordBatch, ImportError> {
        let rows = self.rows(asked, left_out)?;
        let columns: Vec<ArrayRef> =
            asked.columns.iter().map(|column| self.column(column, &rows, asked)).collect::<Result<_, _>>()?;
        asked.batch(columns, rows.types.len())
    }

    /// The rows that are asked for.
    fn rows(&self, asked: &Asked, left_out: &mut LeftOut) -> Result<Rows, ImportError> {
        let count = self.batch.num_rows();
        if self.are_all_tracked(asked) {
            return Ok(Rows { types: vec!["track"; count], is_kept: None });
        }
        // All moments, where some are too late.
        let all = Rows { types: vec![""; count], is_kept: None };
        let moments = asked.until_us.map(|_| self.moments(&all)).transpose()?;
        let moments = moments.as_ref().map(AsArray::as_primitive::<TimestampMicrosecondType>);
        let mut types = Vec::with_capacity(count);
        let mut is_kept = Vec::with_capacity(count);
        for row in 0..count {
            if moments.is_some_and(|moments| asked.is_over(moments.value(row))) {
                is_kept.push(false);
                continue;
            }
            let choice = asked.kept.keeps(&GroupRow { columns: self, row })?;
            is_kept.push(matches!(choice, Choice::Kept(_)));
            match choice {
                Choice::Kept(type_name) => types.push(type_name),
                Choice::LeftOut(reason) => left_out.count(reason),
                Choice::Elsewhere => {}
            }
        }
        let is_kept = (types.len() < count).then(|| BooleanArray::from(is_kept));
        Ok(Rows { types, is_kept })
    }

    /// Whether every row has a unit and a name, and nothing else says what it is.
    fn are_all_tracked(&self, asked: &Asked) -> bool {
        let texts = |cell: TextCell| self.texts.get(cell as usize).and_then(Option::as_ref);
        let is_whole = |cell| match texts(cell) {
            Some(Texts::Views(views)) => views.null_count() == 0 && views.lengths().all(|length| length > 0),
            _ => false,
        };
        asked.until_us.is_none()
            && asked.kept == Kept::Events
            && texts(TextCell::Type).is_none()
            && texts(TextCell::Variant).is_none()
            && is_whole(TextCell::Unit)
            && is_whole(TextCell::Name)
    }

    fn column(&self, column: &Column, rows: &Rows, asked: &Asked) -> Result<ArrayRef, ImportError> {
        let places = &self.file.places;
        let texts = |cell| match self.texts.get(cell as usize) {
            Some(Some(texts)) => self.names(texts, places.text(cell), rows),
            _ => Ok(Arc::new(StringViewArray::new_null(rows.types.len())) as ArrayRef),
        };
        Ok(match column {
            Column::Unit => texts(TextCell::Unit)?,
            Column::Name => texts(TextCell::Name)?,
            Column::Variant => texts(TextCell::Variant)?,
            Column::Type => Arc::new(short_texts(rows.types.iter().copied())),
            // Where no file has ids, nobody looks at them.
            Column::Id if !asked.has_ids => Arc::new(short_texts(rows.types.iter().map(|_| ""))),
            Column::Id => self.ids(&texts(TextCell::Id)?, rows),
            Column::Ts | Column::ReceivedAt => self.moments(rows)?,
            Column::Value => match self.kept(places.value, rows)? {
                Some(values) => Arc::new(self.values(&values, rows)?),
                None => Arc::new(numbers(vec![None; rows.types.len()])?),
            },
            Column::Property(property, kind) => {
                let place = places.properties.get(*property).copied().flatten();
                self.property(place, *kind, rows)?
            }
            Column::Place => {
                let number = |row| self.file.row_number(self.before + row as u64);
                Arc::new(rows.places(self.batch.num_rows()).map(number).collect::<UInt64Array>())
            }
        })
    }

    /// The kept rows of a column.
    fn kept(&self, place: Option<usize>, rows: &Rows) -> Result<Option<ArrayRef>, ArrowError> {
        let name = place.and_then(|place| self.file.columns.get(place));
        name.and_then(|name| self.batch.column_by_name(name)).map(|column| rows.keep(column)).transpose()
    }

    /// Names and ids; empty ones are missing.
    fn names(&self, texts: &Texts, place: Option<usize>, rows: &Rows) -> Result<ArrayRef, ImportError> {
        match texts {
            Texts::Views(views) => {
                let views: ArrayRef = Arc::new(views.clone());
                let kept = rows.keep(&views)?;
                let views = kept.as_string_view();
                let has_empty =
                    views.lengths().zip(0..).any(|(length, row)| length == 0 && views.is_valid(row));
                if !has_empty {
                    return Ok(kept);
                }
                let named = views.iter().map(|text| text.filter(|text| !text.is_empty()));
                Ok(Arc::new(named.collect::<StringViewArray>()))
            }
            Texts::Not(cells) => {
                for at in rows.places(self.batch.num_rows()) {
                    let cell = cells.cell(at);
                    if cell != Cell::Missing {
                        return Err(self.bad(at, place, &cell, TEXTS));
                    }
                }
                Ok(Arc::new(StringViewArray::new_null(rows.types.len())))
            }
        }
    }

    fn ids(&self, given: &ArrayRef, rows: &Rows) -> ArrayRef {
        let mut ids = StringViewBuilder::new();
        for (at, id) in rows.places(self.batch.num_rows()).zip(given.as_string_view()) {
            match id {
                Some(id) => ids.append_value(id),
                None => ids.append_value(self.file.row_id(self.before + at as u64)),
            }
        }
        Arc::new(ids.finish())
    }

    fn moments(&self, rows: &Rows) -> Result<ArrayRef, ImportError> {
        let place = Some(self.file.places.ts);
        let Some(column) = self.kept(place, rows)? else {
            return Err(ImportError::BadMapping("the mapping has no column for `ts`".to_owned()));
        };
        let moments = match column.data_type() {
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                column.as_primitive::<TimestampMicrosecondType>().clone()
            }
            DataType::Timestamp(_, zone) => {
                // Moments count from the Unix epoch in any zone, and without one they are of UTC.
                let in_us = cast(&column, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))?;
                in_us.as_primitive::<TimestampMicrosecondType>().clone()
            }
            DataType::Date32 | DataType::Date64 => {
                let in_us = cast(&column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
                in_us.as_primitive::<TimestampMicrosecondType>().clone()
            }
            _ => {
                let cells = Cells::of(&column)?;
                let moment = |row: usize| match cells.cell(row) {
                    Cell::Text(text) => parse_us(&text),
                    Cell::Time(moment) => Some(moment.as_microsecond()),
                    _ => None,
                };
                (0..column.len()).map(moment).collect()
            }
        };
        let is_told = |us: Option<i64>| {
            us.is_none_or(|us| {
                (Timestamp::MIN.as_microsecond()..=Timestamp::MAX.as_microsecond()).contains(&us)
            })
        };
        if moments.null_count() > 0 || !is_told(min(&moments)) || !is_told(max(&moments)) {
            let cells = Cells::of(&column)?;
            let bad = |row: &usize| moments.is_null(*row) || !is_told(Some(moments.value(*row)));
            if let Some(row) = (0..moments.len()).find(bad) {
                return Err(self.bad(self.place(rows, row), place, &cells.cell(row), MOMENTS));
            }
        }
        Ok(Arc::new(moments.with_timezone("UTC")))
    }

    fn values(&self, column: &ArrayRef, rows: &Rows) -> Result<Decimal128Array, ImportError> {
        let bad = |row: usize, cell: &Cell<'_>, why: String| {
            self.bad(self.place(rows, row), self.file.places.value, cell, format!("a number: {why}"))
        };
        if let DataType::Float32 | DataType::Float64 = column.data_type() {
            let floats = cast(column, &DataType::Float64)?;
            let floats = floats.as_primitive::<Float64Type>();
            let value = |(row, float): (usize, Option<f64>)| {
                let Some(float) = float.filter(|float| !float.is_nan()) else { return Ok(None) };
                millionths(float).map(Some).ok_or_else(|| {
                    let cell = Cell::Float(float);
                    bad(row, &cell, cell.number().err().map(|error| error.to_string()).unwrap_or_default())
                })
            };
            return numbers(floats.iter().enumerate().map(value).collect::<Result<_, _>>()?);
        }
        let cells = Cells::of(column)?;
        let value = |row: usize| {
            let cell = cells.cell(row);
            match cell.number() {
                Ok(number) => Ok(Some(number.millionths())),
                Err(_) if cell.is_missing_number() => Ok(None),
                Err(error) => Err(bad(row, &cell, error.to_string())),
            }
        };
        numbers((0..column.len()).map(value).collect::<Result<_, _>>()?)
    }

    fn property(
        &self,
        place: Option<usize>,
        kind: PropertyKind,
        rows: &Rows,
    ) -> Result<ArrayRef, ImportError> {
        let column = self.kept(place, rows)?;
        let cells = column.as_ref().map(Cells::of).transpose()?;
        let cell = |row| cells.as_ref().map_or(Cell::Missing, |cells| cells.cell(row));
        let all = 0..rows.types.len();
        Ok(match kind {
            PropertyKind::Number => {
                Arc::new(numbers(all.map(|row| cell(row).number().ok().map(Decimal::millionths)).collect())?)
            }
            PropertyKind::Text => {
                let mut texts = StringViewBuilder::new();
                all.for_each(|row| texts.append_option(property_text(&cell(row))));
                Arc::new(texts.finish())
            }
        })
    }

    /// Which row of the batch the kept row at an index is.
    fn place(&self, rows: &Rows, row: usize) -> usize {
        rows.places(self.batch.num_rows()).nth(row).unwrap_or_default()
    }

    fn bad(
        &self,
        row: usize,
        place: Option<usize>,
        cell: &Cell<'_>,
        allowed: impl Into<String>,
    ) -> ImportError {
        let column = place.and_then(|place| self.file.columns.get(place)).map_or("", String::as_str);
        Place { file: &self.file.path, line: self.before + row as u64 + 1 }.bad_cell(column, cell, allowed)
    }
}

impl Texts {
    fn of(column: &ArrayRef) -> Result<Self, ArrowError> {
        let data_type = match column.data_type() {
            DataType::Dictionary(_, values) => values.as_ref(),
            data_type => data_type,
        };
        Ok(match data_type {
            DataType::Utf8View | DataType::Utf8 | DataType::LargeUtf8 => {
                Self::Views(cast(column, &DataType::Utf8View)?.as_string_view().clone())
            }
            _ => match Cells::of(column)? {
                Cells::Text(texts) => {
                    Self::Views(cast(&texts, &DataType::Utf8View)?.as_string_view().clone())
                }
                cells => Self::Not(cells),
            },
        })
    }
}

/// The rows that are asked for.
struct Rows {
    /// The type of each.
    types: Vec<&'static str>,
    /// Which rows of the batch they are; none where they are all.
    is_kept: Option<BooleanArray>,
}

impl Rows {
    fn keep(&self, column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        self.is_kept.as_ref().map_or_else(|| Ok(Arc::clone(column)), |is_kept| filter(column, is_kept))
    }

    /// Which rows of a batch of so many they are.
    fn places(&self, count: usize) -> impl Iterator<Item = usize> {
        let is_kept = |row: &usize| self.is_kept.as_ref().is_none_or(|is_kept| is_kept.value(*row));
        (0..count).filter(is_kept)
    }
}

/// A row of a batch.
struct GroupRow<'a> {
    columns: &'a Columns<'a>,
    row: usize,
}

impl Row for GroupRow<'_> {
    fn text(&self, cell: TextCell) -> Result<Option<&str>, ImportError> {
        match self.columns.texts.get(cell as usize) {
            Some(Some(Texts::Views(views))) => {
                let is_here = views.is_valid(self.row);
                Ok(is_here.then(|| views.value(self.row)).filter(|text| !text.is_empty()))
            }
            Some(Some(Texts::Not(cells))) => match cells.cell(self.row) {
                Cell::Missing => Ok(None),
                given => Err(self.columns.bad(self.row, self.columns.file.places.text(cell), &given, TEXTS)),
            },
            _ => Ok(None),
        }
    }
}

/// Texts of at most twelve bytes, which lie in their views.
fn short_texts<'a>(texts: impl Iterator<Item = &'a str>) -> StringViewArray {
    let views: Vec<u128> = texts.map(|text| make_view(text.as_bytes(), 0, 0)).collect();
    StringViewArray::new(views.into(), Vec::new(), None)
}

fn numbers(millionths: Vec<Option<i64>>) -> Result<Decimal128Array, ImportError> {
    let numbers: Decimal128Array = millionths.into_iter().map(|number| number.map(i128::from)).collect();
    Ok(numbers.with_precision_and_scale(Decimal::PRECISION, Decimal::SCALE.cast_signed())?)
}
