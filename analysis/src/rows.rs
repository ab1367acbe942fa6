//! Tables that somebody else made: CSV, NDJSON or Parquet, read row by row, each cell as exactly as the file has it.

pub(crate) mod csv;
pub(crate) mod ndjson;
pub(crate) mod parquet;

use crate::decimal::{Decimal, DecimalError};
use jiff::Timestamp;
use std::{
    borrow::Cow,
    io,
    path::{Path, PathBuf},
};

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing: an empty field, null, or no such member.
    Missing,
    /// Text, or a number as it is spelled.
    Text(Cow<'a, str>),
    /// A boolean.
    Bool(bool),
    /// A binary floating-point number: what the file holds may be off what was meant.
    Float(f64),
    /// A moment.
    Time(Timestamp),
    /// Something that is no single value.
    Other(&'static str),
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The file.
    pub file: &'a Path,
    /// The line, or the row of a Parquet file, from 1.
    pub line: u64,
}

/// What is told of each row: its place, and the wanted cells in the order in which they were wanted.
pub type Visit<'v> = &'v mut dyn FnMut(Place<'_>, &[Cell<'_>]) -> Result<(), ImportError>;

/// Reads the wanted columns of all rows of a file. The name's ending says how: `.csv`, `.ndjson`, `.jsonl`, `.parquet`.
///
/// # Errors
/// Where the file cannot be read, a wanted column is missing, a row is broken, or `visit` says so.
pub fn read(file: &Path, wanted: &[&str], visit: Visit<'_>) -> Result<(), ImportError> {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => csv::read(file, wanted, visit),
        Some("ndjson" | "jsonl") => ndjson::read(file, wanted, visit),
        Some("parquet") => parquet::read(file, wanted, visit),
        _ => Err(ImportError::UnknownFormat(file.to_owned())),
    }
}

/// Why a table cannot be read, and where.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{}: {error}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The name does not say what the file is.
    #[error("{}: it is not clear what this is; name it .csv, .ndjson, .jsonl or .parquet", .0.display())]
    UnknownFormat(PathBuf),
    /// A column is not there.
    #[error("{}: there is no column `{column}`; there are {}", file.display(), given.join(", "))]
    NoColumn {
        /// The file.
        file: PathBuf,
        /// The column that was wanted.
        column: String,
        /// The columns that are there.
        given: Vec<String>,
    },
    /// A row cannot be read.
    #[error("{}, line {line}: {message}", file.display())]
    BadRow {
        /// The file.
        file: PathBuf,
        /// The line.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A cell is not what its column holds.
    #[error("{}, line {line}, column `{column}`: {given} is not {allowed}", file.display())]
    BadCell {
        /// The file.
        file: PathBuf,
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// What the cell holds.
        given: String,
        /// What it may hold.
        allowed: String,
    },
    /// The control is none of the variants.
    #[error("no row has the variant `{control}` that is to be the control; there are {}", variants.join(", "))]
    NoControl {
        /// What was named.
        control: String,
        /// The variants that are there.
        variants: Vec<String>,
    },
    /// The allocation names other variants than the data.
    #[error("the allocation gives shares to {}, and the data have {}: name each variant once, with a positive share",
        given.join(", "), variants.join(", "))]
    BadAllocation {
        /// What the allocation names.
        given: Vec<String>,
        /// The variants that are there.
        variants: Vec<String>,
    },
    /// The column mapping is none.
    #[error("{0}")]
    BadMapping(String),
    /// There are no rows.
    #[error("there are no rows with a unit and a variant")]
    NoRows,
    /// Arrow cannot hold the table.
    #[error("the table cannot be held: {0}")]
    Arrow(#[from] datafusion::arrow::error::ArrowError),
}

impl Place<'_> {
    /// That this cell is not what its column holds.
    pub fn bad_cell(self, column: &str, cell: &Cell<'_>, allowed: impl Into<String>) -> ImportError {
        ImportError::BadCell {
            file: self.file.to_owned(),
            line: self.line,
            column: column.to_owned(),
            given: cell.shown(),
            allowed: allowed.into(),
        }
    }

    /// That this row is broken.
    pub(crate) fn bad_row(self, message: impl Into<String>) -> ImportError {
        ImportError::BadRow { file: self.file.to_owned(), line: self.line, message: message.into() }
    }
}

impl ImportError {
    /// What went wrong in a part of a file, told by the lines of the whole file: so many come before the part.
    pub(crate) fn after_lines(mut self, before: u64) -> Self {
        if let Self::BadRow { line, .. } | Self::BadCell { line, .. } = &mut self {
            *line += before;
        }
        self
    }
}

/// How many characters of a cell a message repeats.
const SHOWN: usize = 60;

impl Cell<'_> {
    /// The cell as a name or id; none where it is missing or no text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether there is no value here, for a column of numbers. R writes `NA`, pandas nothing or `NaN`.
    pub fn is_missing_number(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::Text(text) => matches!(text.trim(), "" | "NA" | "NaN" | "nan" | "null" | "NULL"),
            Self::Float(value) => value.is_nan(),
            _ => false,
        }
    }

    /// The cell as a number, rounded once to six places.
    ///
    /// # Errors
    /// Where it is none, or has more than 12 digits before the point.
    pub fn number(&self) -> Result<Decimal, DecimalError> {
        match self {
            Self::Text(text) => match plain_number(text) {
                Some(number) => Ok(number),
                None => Decimal::from_json(&as_json_number(text.trim())),
            },
            Self::Float(value) if value.is_finite() => Decimal::from_json(&format!("{value:e}")),
            _ => Err(DecimalError::NotANumber),
        }
    }

    /// The cell as yes or no: `true`, `false`, `1` or `0`, in any case and with any number of zero decimals.
    pub fn boolean(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            _ => match self.number().ok()?.millionths() {
                0 => Some(false),
                1_000_000 => Some(true),
                _ => None,
            },
        }
    }

    /// The cell for a message, cut where it is long.
    fn shown(&self) -> String {
        match self {
            Self::Missing => "nothing".to_owned(),
            Self::Text(text) => match text.char_indices().nth(SHOWN) {
                Some((end, _)) => format!("`{}…`", &text[..end]),
                None => format!("`{text}`"),
            },
            Self::Bool(value) => format!("`{value}`"),
            Self::Float(value) => format!("`{value}`"),
            Self::Time(moment) => format!("`{moment}`"),
            Self::Other(what) => (*what).to_owned(),
        }
    }
}

/// A number of at most 12 digits, a point, and at most 6 digits, which most are; none where it is spelled otherwise.
fn plain_number(text: &str) -> Option<Decimal> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (mut millionths, mut whole, mut fraction) = (0_i64, 0_u32, None);
    for byte in digits {
        match (byte, &mut fraction) {
            (b'0'..=b'9', None) => whole += 1,
            (b'0'..=b'9', Some(places)) => *places += 1,
            (b'.', None) => {
                fraction = Some(0_u32);
                continue;
            }
            _ => return None,
        }
        if whole > 12 || fraction.is_some_and(|places| places > 6) {
            return None;
        }
        millionths = millionths * 10 + i64::from(byte - b'0');
    }
    let places = fraction.unwrap_or(0);
    if whole + places == 0 {
        return None;
    }
    millionths *= 10_i64.pow(6 - places);
    Decimal::from_millionths(if is_negative { -millionths } else { millionths })
}

/// What a table spells `+1`, `007`, `.5` or `5.`, JSON spells `1`, `7`, `0.5` and `5`.
fn as_json_number(text: &str) -> Cow<'_, str> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = digits.split_at(digits.find(['e', 'E']).unwrap_or(digits.len()));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if (whole.is_empty() && fraction.is_empty()) || digits.starts_with(['-', '+']) {
        return Cow::Borrowed(text);
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    Cow::Owned(format!("{sign}{whole}{point}{fraction}{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn plain_numbers_are_what_json_makes_of_them(text in "-?[0-9]{0,13}(\\.[0-9]{0,8})?") {
            let number = Decimal::from_json(&as_json_number(&text)).ok();
            prop_assert!(plain_number(&text).is_none_or(|plain| Some(plain) == number), "{text}");
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            let is_plain = whole.trim_start_matches('-').len() <= 12 && fraction.len() <= 6;
            prop_assert!(!is_plain || number.is_none() || plain_number(&text).is_some(), "{text}");
        }
    }

    fn text(text: &str) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(text))
    }

    #[test]
    fn numbers_are_read_as_tables_spell_them() {
        let cases = [
            ("12", 12_000_000),
            (" 7 ", 7_000_000),
            ("+1.5", 1_500_000),
            ("007", 7_000_000),
            (".5", 500_000),
            ("5.", 5_000_000),
            ("-.25e1", -2_500_000),
            ("0", 0),
        ];
        for (given, millionths) in cases {
            assert_eq!(text(given).number().unwrap().millionths(), millionths, "{given}");
        }
        for given in ["", "-", ".", "1,5", "0x1", "1 000", "--1", "+-1", "one", "1e"] {
            assert!(text(given).number().is_err(), "{given}");
        }
        assert_eq!(Cell::Float(0.1).number().unwrap().millionths(), 100_000);
        assert!(Cell::Float(f64::INFINITY).number().is_err());
    }

    #[test]
    fn booleans_are_read_as_tables_spell_them() {
        for given in ["TRUE", "true", "1", "1.0"] {
            assert_eq!(text(given).boolean(), Some(true), "{given}");
        }
        for given in ["FALSE", "False", "0", "0.000"] {
            assert_eq!(text(given).boolean(), Some(false), "{given}");
        }
        for given in ["yes", "2", "-1", "", "t"] {
            assert_eq!(text(given).boolean(), None, "{given}");
        }
    }

    fn rows(name: &str, content: &str, wanted: &[&str]) -> Result<Vec<(u64, Vec<String>)>, ImportError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        let mut rows = Vec::new();
        read(&file, wanted, &mut |place, cells| {
            rows.push((place.line, cells.iter().map(Cell::shown).collect()));
            Ok(())
        })?;
        Ok(rows)
    }

    fn row(line: u64, cells: [&str; 2]) -> (u64, Vec<String>) {
        (line, cells.map(str::to_owned).to_vec())
    }

    #[test]
    fn csv_rows_come_with_their_lines() {
        let content = "\u{feff}id,\"a\nb\",x\n1,\"two\nlines\",0.10\n2,,3\n";
        let read = rows("t.csv", content, &["x", "id"]).unwrap();
        assert_eq!(read, [row(3, ["`0.10`", "`1`"]), row(5, ["`3`", "`2`"])]);
    }

    #[test]
    fn ndjson_numbers_keep_their_digits() {
        let content = "{\"id\": \"a\", \"x\": 0.10000000000000000001}\n\n{\"x\": null, \"id\": true}\n";
        let read = rows("t.ndjson", content, &["x", "id"]).unwrap();
        assert_eq!(read, [row(1, ["`0.10000000000000000001`", "`a`"]), row(3, ["nothing", "`true`"])]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let message = |name, content| rows(name, content, &["x", "id"]).unwrap_err().to_string();
        assert!(message("t.csv", "id,y\n1,2\n").ends_with("t.csv: there is no column `x`; there are id, y"));
        assert!(message("t.csv", "id,x\n1,2\n3\n").contains("t.csv, line 3: "), "a row is too short");
        assert!(message("t.ndjson", "{\"x\": 1, \"id\": 2}\n{\"x\": \n").contains("t.ndjson, line 2: "));
        assert!(message("t.ndjson", "[1]\n").contains("t.ndjson, line 1: "));
        assert!(message("t.parquet", "no").contains("t.parquet"));
        assert!(message("t.txt", "").contains("name it .csv"));
    }
}
