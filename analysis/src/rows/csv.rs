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
        let cells: Vec<Cell<'_>> = positions
            .iter()
            .map(|&position| match record.get(position) {
                None | Some("") => Cell::Missing,
                Some(text) => Cell::Text(Cow::Borrowed(text)),
            })
            .collect();
        visit(Place { file, line }, &cells)?;
    }
    Ok(())
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
            Place { file, line }.bad_row(format!("the row has {len} fields, the header has {expected_len}"))
        }
        csv::ErrorKind::Utf8 { .. } => {
            Place { file, line }.bad_row("the row is not UTF-8: save the file as UTF-8")
        }
        _ => Place { file, line }.bad_row(error.to_string()),
    }
}
