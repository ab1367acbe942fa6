//! One JSON object a line.

use super::{Cell, ImportError, Place, Visit};
use serde_json::value::RawValue;
use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

/// Members that a row lacks are missing; blank lines are skipped.
pub(super) fn read(file: &Path, wanted: &[&str], visit: Visit<'_>) -> Result<(), ImportError> {
    let failed = |error| ImportError::Io { file: file.to_owned(), error };
    let mut reader = BufReader::new(File::open(file).map_err(failed)?);
    let mut text = String::new();
    let mut line = 0;
    loop {
        text.clear();
        if reader.read_line(&mut text).map_err(failed)? == 0 {
            return Ok(());
        }
        line += 1;
        if text.trim().is_empty() {
            continue;
        }
        let place = Place { file, line };
        let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(&text)
            .map_err(|error| place.bad_row(format!("not a JSON object: {error}")))?;
        let cells = wanted
            .iter()
            .map(|column| members.get(*column).map_or(Ok(Cell::Missing), |raw| cell(raw, place)));
        visit(place, &cells.collect::<Result<Vec<_>, _>>()?)?;
    }
}

/// Numbers stay as they are spelled.
fn cell<'a>(raw: &'a RawValue, place: Place<'_>) -> Result<Cell<'a>, ImportError> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'n') => Cell::Missing,
        Some(b't') => Cell::Bool(true),
        Some(b'f') => Cell::Bool(false),
        Some(b'{') => Cell::Other("an object"),
        Some(b'[') => Cell::Other("an array"),
        Some(b'"') => Cell::Text(Cow::Owned(
            serde_json::from_str(text).map_err(|error| place.bad_row(error.to_string()))?,
        )),
        _ => Cell::Text(Cow::Borrowed(text)),
    })
}
