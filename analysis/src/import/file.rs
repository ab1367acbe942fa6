//! A file that is open: which column holds what, and the parts in which its rows are read.

use super::{
    bytes::{self, PART},
    mapping::{Field, Mapping},
    parquet::{Groups, ParquetFile},
    row::TextCell,
    table::Table,
};
use crate::rows::{ImportError, csv::Layout};
use std::{
    fs::{self, File},
    io,
    ops::Range,
    path::PathBuf,
};

/// A file that is open.
#[derive(Debug)]
pub(super) struct ImportFile {
    pub(super) path: PathBuf,
    /// Its place among all files.
    pub(super) number: u64,
    /// The mapped columns, each once.
    pub(super) columns: Vec<String>,
    pub(super) places: Places,
    pub(super) format: Format,
    /// The parts that make up the file.
    pub(super) parts: Vec<Part>,
}

/// Where the cells of a row stand among the columns.
#[derive(Debug)]
pub(super) struct Places {
    texts: [Option<usize>; TextCell::ALL.len()],
    pub(super) ts: usize,
    pub(super) value: Option<usize>,
    /// In the order of the properties' names.
    pub(super) properties: Vec<Option<usize>>,
}

#[derive(Debug)]
pub(super) enum Format {
    Parquet(ParquetFile),
    Ndjson,
    Csv(Layout),
}

/// Rows that are read together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Row groups of a Parquet file.
    Groups(Groups),
    /// Lines: those that begin in these bytes of a file.
    Lines(Range<u64>),
    /// These bytes, which begin and end where rows do.
    Rows(Range<u64>),
}

impl ImportFile {
    /// Opens the file, and checks that it has the columns.
    pub(super) fn open(
        number: u64,
        (path, mapping): &(PathBuf, Mapping),
        table: &Table,
    ) -> Result<Self, ImportError> {
        mapping.check(path, &table.unit)?;
        let mut columns: Vec<String> = Vec::new();
        for column in mapping.columns() {
            if !columns.iter().any(|known| known == column) {
                columns.push(column.to_owned());
            }
        }
        let place = |field: &Field| {
            let (_, column) = mapping.position(field)?;
            columns.iter().position(|known| known == column)
        };
        let property = |name: &String| place(&Field::Property(name.clone()));
        let places = Places {
            texts: TextCell::ALL.map(|cell| place(&cell.field(&table.unit))),
            ts: place(&Field::Ts).unwrap_or_default(),
            value: place(&Field::Value),
            properties: table.properties.iter().map(property).collect(),
        };
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let format = match path.extension().and_then(|extension| extension.to_str()) {
            Some("parquet") => Format::Parquet(ParquetFile::open(path, &names)?),
            Some("ndjson" | "jsonl") => Format::Ndjson,
            Some("csv") => Format::Csv(Layout::read(path, &names)?),
            _ => return Err(ImportError::UnknownFormat(path.clone())),
        };
        let failed = |error| ImportError::Io { file: path.clone(), error };
        let bytes = fs::metadata(path).map_err(failed)?.len();
        let parts = match &format {
            Format::Parquet(parquet) => parquet.groups().into_iter().map(Part::Groups).collect(),
            Format::Ndjson => bytes::ranges(0, bytes, PART).map(Part::Lines).collect(),
            Format::Csv(layout) => match bytes::record_ends(path, layout.header, PART).map_err(failed)? {
                None => bytes::ranges(layout.header, bytes, PART).map(Part::Lines).collect(),
                Some(ranges) => ranges.into_iter().map(Part::Rows).collect(),
            },
        };
        Ok(Self { path: path.clone(), number, columns, places, format, parts })
    }

    /// Whether a row can be an exposure.
    pub(super) fn has_exposures(&self) -> bool {
        self.places.text(TextCell::Type).is_some() || self.places.text(TextCell::Variant).is_some()
    }

    /// Whether a row can be an event.
    pub(super) fn has_events(&self) -> bool {
        self.places.text(TextCell::Type).is_some() || self.places.text(TextCell::Name).is_some()
    }

    /// Whether there are numbers that may be off what was meant.
    pub(super) fn has_floats(&self) -> bool {
        match &self.format {
            Format::Parquet(parquet) => {
                let numbers =
                    self.places.value.into_iter().chain(self.places.properties.iter().flatten().copied());
                numbers.filter_map(|place| self.columns.get(place)).any(|column| parquet.has_floats(column))
            }
            Format::Ndjson | Format::Csv(_) => false,
        }
    }

    /// A number that no other row of the files has, from where the row stands in this one: its row, or its first byte.
    pub(super) fn row_number(&self, at: u64) -> u64 {
        // A file has less than 2^48 bytes: 256 TiB.
        (self.number << 48) + at
    }

    /// An id for a row that has none.
    pub(super) fn row_id(&self, at: u64) -> String {
        format!("{}:{at}", self.path.display())
    }

    pub(super) fn open_again(&self) -> Result<File, ImportError> {
        File::open(&self.path).map_err(|error| self.failed(error))
    }

    pub(super) fn failed(&self, error: io::Error) -> ImportError {
        ImportError::Io { file: self.path.clone(), error }
    }
}

impl Places {
    pub(super) fn text(&self, cell: TextCell) -> Option<usize> {
        self.texts.get(cell as usize).copied().flatten()
    }
}
