//! Writing a sealed segment's file.

use super::Footer;
use crate::log::{LogError, merkle::NONCE_BYTES};
use datafusion::{
    arrow::{array::RecordBatch, datatypes::SchemaRef},
    parquet::{
        arrow::ArrowWriter,
        basic::{Compression, ZstdLevel},
        errors::ParquetError,
        file::properties::WriterProperties,
        schema::types::ColumnPath,
    },
};
use std::{fs::File, io, path::Path};

/// How often a Bloom filter takes an id for one that is in the file: at this rate a filter costs two bytes an id, and
/// a compaction that looks for a thousand late ids reads one file too many.
const FALSE_POSITIVES: f64 = 0.001;

/// Writes a file, and makes its contents durable.
pub(in crate::log) fn write(
    path: &Path,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    footer: &Footer,
) -> Result<(), LogError> {
    write_rows(path, schema, batches, footer).map_err(LogError::parquet("write", path))
}

fn write_rows(
    path: &Path,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    footer: &Footer,
) -> Result<(), ParquetError> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let mut file = File::create(path)?;
    let properties = properties(footer, rows as u64)?;
    let mut writer = ArrowWriter::try_new(&mut file, SchemaRef::clone(schema), Some(properties))?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.close()?;
    Ok(file.sync_all()?)
}

/// Zstandard at its usual level; no dictionaries for what never repeats; a Bloom filter over the ids.
fn properties(footer: &Footer, rows: u64) -> Result<WriterProperties, ParquetError> {
    let footer = footer.to_pair().map_err(|error| ParquetError::External(Box::new(error)))?;
    let id = ColumnPath::from("id");
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_column_dictionary_enabled(id.clone(), false)
        .set_column_dictionary_enabled(ColumnPath::from("nonce"), false)
        .set_column_dictionary_enabled(ColumnPath::from("raw"), false)
        .set_column_bloom_filter_enabled(id.clone(), true)
        .set_column_bloom_filter_fpp(id.clone(), FALSE_POSITIVES)
        .set_column_bloom_filter_max_ndv(id, rows.max(1))
        .set_key_value_metadata(Some(vec![footer]));
    Ok(properties.build())
}

/// Random nonces, drawn from the system many at a time.
pub(in crate::log) struct Nonces {
    drawn: Box<[[u8; NONCE_BYTES]]>,
    next: usize,
}

/// Nonces drawn at a time: 64 KiB of them.
const DRAW: usize = 4096;

impl Nonces {
    pub(in crate::log) fn new() -> Self {
        Self { drawn: vec![[0; NONCE_BYTES]; DRAW].into_boxed_slice(), next: DRAW }
    }

    /// The next one.
    pub(in crate::log) fn draw(&mut self) -> io::Result<[u8; NONCE_BYTES]> {
        if self.next >= self.drawn.len() {
            getrandom::fill(self.drawn.as_flattened_mut())?;
            self.next = 0;
        }
        let nonce = self.drawn.get(self.next).copied().unwrap_or_default();
        self.next += 1;
        Ok(nonce)
    }
}
