//! Comma-separated values with a header line.

use super::{Cell, ImportError, Place, Visit};
use std::{borrow::Cow, fs::File, io::BufReader, path::Path};

pub(super) fn read(file: &Path, wanted: &[&str], visit: Visit<'_>) -> Result<(), ImportError> {
    let opened = File::open(file).map_err(|error| ImportError::Io { file: file.to_owned(), error })?;
    let mut reader = csv::ReaderBuilder::new().from_reader(BufReader::new(opened));
    let header = reader.headers().map_err(|error| broken(file, &error))?;
    let positions =
        wanted.iter().map(|column| position(file, header, column)).collect::<Result<Vec<_>, _>>()?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| broken(file, &error))? {
        let line = record.position().map_or(0, csv::Position::line);
        visit(Place { file, line }, &cells(&record, &positions))?;
    }
    Ok(())
}

/// What is told of each row of a part: its line from 1, how many bytes stand before it, and its cells.
pub(crate) type VisitPart<'v> = &'v mut dyn FnMut((u64, u64), &[Cell<'_>]) -> Result<(), ImportError>;

/// What stands in which field of a file's records.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The field of each wanted column.
    positions: Vec<usize>,
    /// How many fields a record has.
    width: usize,
    /// How many bytes the header takes.
    pub(crate) header: u64,
}

impl Layout {
    pub(crate) fn read(file: &Path, wanted: &[&str]) -> Result<Self, ImportError> {
        let opened = File::open(file).map_err(|error| ImportError::Io { file: file.to_owned(), error })?;
        let mut reader = csv::ReaderBuilder::new().from_reader(BufReader::new(opened));
        let header = reader.headers().map_err(|error| broken(file, &error))?;
        let positions = wanted.iter().map(|column| position(file, header, column));
        let (positions, width) = (positions.collect::<Result<_, _>>()?, header.len());
        Ok(Self { positions, width, header: reader.position().byte() })
    }

    /// Reads whole records behind the header.
    ///
    /// # Errors
    /// Where a record is broken, or `visit` says so.
    pub(crate) fn read_part(
        &self,
        file: &Path,
        part: &[u8],
        visit: VisitPart<'_>,
    ) -> Result<(), ImportError> {
        match std::str::from_utf8(part) {
            Ok(text) if is_plain(part) => self.read_plain(file, text, visit),
            _ => self.read_any(file, part, visit),
        }
    }

    /// Nothing is quoted: a line is a record, and a comma ends a field.
    fn read_plain(&self, file: &Path, text: &str, visit: VisitPart<'_>) -> Result<(), ImportError> {
        let mut slots = vec![Vec::new(); self.width];
        for (slot, position) in self.positions.iter().enumerate() {
            if let Some(of_field) = slots.get_mut(*position) {
                of_field.push(slot);
            }
        }
        let mut cells = vec![Cell::Missing; self.positions.len()];
        let mut before = 0;
        for (line, whole) in (1..).zip(text.split_inclusive('\n')) {
            let record = whole.strip_suffix('\n').unwrap_or(whole);
            let record = record.strip_suffix('\r').unwrap_or(record);
            if !record.is_empty() {
                let mut width = 0;
                for field in record.split(',') {
                    for slot in slots.get(width).into_iter().flatten() {
                        if let Some(cell) = cells.get_mut(*slot) {
                            *cell = cell_of(field);
                        }
                    }
                    width += 1;
                }
                self.check_width(width, Place { file, line })?;
                visit((line, before), &cells)?;
            }
            before += whole.len() as u64;
        }
        Ok(())
    }

    fn read_any(&self, file: &Path, part: &[u8], visit: VisitPart<'_>) -> Result<(), ImportError> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(part);
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| broken(file, &error))? {
            let (line, before) =
                record.position().map_or((1, 0), |position| (position.line(), position.byte()));
            self.check_width(record.len(), Place { file, line })?;
            visit((line, before), &cells(&record, &self.positions))?;
        }
        Ok(())
    }

    fn check_width(&self, width: usize, place: Place<'_>) -> Result<(), ImportError> {
        if width == self.width { Ok(()) } else { Err(uneven(place, width as u64, self.width as u64)) }
    }
}

/// Nothing is quoted, and lines end with `\n` or `\r\n`.
fn is_plain(part: &[u8]) -> bool {
    let is_alone = |(at, byte): (usize, &u8)| *byte == b'\r' && part.get(at + 1) != Some(&b'\n');
    let has = |byte| part.contains(&byte);
    !has(b'"') && (!has(b'\r') || !part.iter().enumerate().any(is_alone))
}

fn cells<'a>(record: &'a csv::StringRecord, positions: &[usize]) -> Vec<Cell<'a>> {
    positions.iter().map(|&position| record.get(position).map_or(Cell::Missing, cell_of)).collect()
}

fn cell_of(field: &str) -> Cell<'_> {
    if field.is_empty() { Cell::Missing } else { Cell::Text(Cow::Borrowed(field)) }
}

/// Where records end, as bytes of a file come: a line break between quotes ends none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ends {
    /// At the beginning of a field.
    #[default]
    Field,
    /// In a field that is not quoted, or behind the quote that closed it.
    Bare,
    /// Between quotes.
    Quoted,
    /// Behind a quote between quotes: it closes the field, or stands for itself.
    Closing,
}

impl Ends {
    /// Behind bytes without a quote, which do not begin between quotes.
    pub(crate) fn behind(bytes: &[u8], before: Self) -> Self {
        match bytes.last() {
            None => before,
            Some(b',' | b'\n' | b'\r') => Self::Field,
            Some(_) => Self::Bare,
        }
    }

    /// Takes the next byte; answers whether a record ends with it.
    pub(crate) fn ends(&mut self, byte: u8) -> bool {
        *self = match (*self, byte) {
            (Self::Field | Self::Closing, b'"') | (Self::Quoted, b'\0'..=b'!' | b'#'..) => Self::Quoted,
            (Self::Quoted, b'"') => Self::Closing,
            (_, b',' | b'\n' | b'\r') => Self::Field,
            _ => Self::Bare,
        };
        byte == b'\n' && *self == Self::Field
    }
}

fn position(file: &Path, header: &csv::StringRecord, column: &str) -> Result<usize, ImportError> {
    header.iter().position(|name| name == column).ok_or_else(|| ImportError::NoColumn {
        file: file.to_owned(),
        column: column.to_owned(),
        given: header.iter().map(str::to_owned).collect(),
    })
}

fn broken(file: &Path, error: &csv::Error) -> ImportError {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            uneven(Place { file, line }, *len, *expected_len)
        }
        csv::ErrorKind::Utf8 { .. } => {
            Place { file, line }.bad_row("the row is not UTF-8: save the file as UTF-8")
        }
        _ => Place { file, line }.bad_row(error.to_string()),
    }
}

fn uneven(place: Place<'_>, fields: u64, of_header: u64) -> ImportError {
    place.bad_row(format!("the row has {fields} fields, the header has {of_header}"))
}
