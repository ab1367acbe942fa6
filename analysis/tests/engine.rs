//! The same sums to the last bit, however the rows are ordered, cut and spread over threads, in little memory too.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use datafusion::{
    arrow::{
        array::{
            ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array,
        },
        datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    },
    parquet::arrow::ArrowWriter,
};
use edgewise_analysis::{
    engine::{
        Engine as _, Source,
        datafusion::{DataFusion, Limits},
    },
    moments::Sums,
    plan::{Metric, MetricKind, ValueSource},
    sql::{self, EventTable, UnitTable},
};
use std::{fs::File, num::NonZeroUsize, path::PathBuf, sync::Arc};

const ROWS: u64 = 20_000;

fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    Arc::new(Schema::new(vec![
        text("unit"),
        text("variant"),
        text("epoch"),
        text("entry_day"),
        Field::new("number_0", DataType::Decimal128(18, 6), true),
    ]))
}

/// Rows in the order of `index · step mod ROWS`; numbers of very different sizes, both signs.
fn rows(step: u64, from: u64, to: u64) -> RecordBatch {
    let indices: Vec<u64> = (from..to).map(|index| index * step % ROWS).collect();
    let number = |index: u64| {
        let digits = i128::from(index.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 1_000_000_007);
        let scaled = if index.is_multiple_of(7) { digits * 100_000 } else { digits };
        (!index.is_multiple_of(11)).then_some(if index.is_multiple_of(3) { -scaled } else { scaled })
    };
    let text = |of: &dyn Fn(u64) -> String| {
        Arc::new(indices.iter().map(|&index| Some(of(index))).collect::<StringArray>())
    };
    let numbers: Decimal128Array = indices.iter().map(|&index| number(index)).collect();
    let columns: Vec<ArrayRef> = vec![
        text(&|index| format!("u_{index}")),
        text(&|index| format!("variant_{}", index % 3)),
        text(&|index| format!("epoch_{}", index % 2)),
        text(&|_| String::new()),
        Arc::new(numbers.with_precision_and_scale(18, 6).unwrap()),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

fn sums(source: Source, partitions: usize, memory: usize) -> Vec<Sums> {
    let engine =
        DataFusion::new(Limits { memory, partitions: NonZeroUsize::new(partitions).unwrap() }).unwrap();
    let sql = sql::sums_of_units(&UnitTable { table: "units", number_column: "number_0" }).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    runtime.block_on(async {
        engine.register("units", source).await.unwrap();
        Sums::read(&engine.query(&sql).await.unwrap(), 0).unwrap()
    })
}

fn cut(step: u64, pieces: u64) -> Source {
    let size = ROWS / pieces;
    let batches = (0..pieces).map(|piece| rows(step, piece * size, (piece + 1) * size));
    Source::batches(schema(), batches.collect())
}

#[test]
fn sums_are_the_same_to_the_last_bit() {
    let expected = sums(cut(1, 1), 1, 256 << 20);
    assert_eq!(expected.len(), 6, "three variants in two epochs");
    assert_eq!(expected.iter().map(|sums| sums.units_seen).sum::<u64>(), ROWS);
    // Steps without a common divisor with the number of rows visit each row once.
    for (step, pieces, partitions) in [(1, 20, 4), (7, 1, 2), (9_999, 50, 3), (12_343, 8, 8)] {
        assert_eq!(sums(cut(step, pieces), partitions, 256 << 20), expected, "{step} {pieces} {partitions}");
    }
    for sums in &expected {
        let moments = sums.moments(0).unwrap();
        assert_eq!(moments.n(), sums.units_counted);
    }
}

#[test]
fn sums_are_those_of_plain_integers() {
    let batch = rows(1, 0, ROWS);
    let numbers = batch.column(4).as_any().downcast_ref::<Decimal128Array>().unwrap();
    for sums in sums(cut(1, 4), 2, 256 << 20) {
        let mut own = Sums {
            variant: sums.variant.clone(),
            epoch: sums.epoch.clone(),
            sums: vec![0],
            products: vec![0],
            largest: vec![0],
            ..Sums::default()
        };
        for (index, number) in (0_u64..).zip(numbers.iter()) {
            if format!("variant_{}", index % 3) != own.variant || format!("epoch_{}", index % 2) != own.epoch
            {
                continue;
            }
            own.units_seen += 1;
            own.units_silent += u64::from(number.is_none());
            if let Some(number) = number {
                own.units_counted += 1;
                own.sums[0] += number;
                own.products[0] += number * number;
                own.largest[0] = own.largest[0].max(number.unsigned_abs());
            }
        }
        assert_eq!(sums, own);
    }
}

#[test]
fn files_and_memory_make_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, batch: &RecordBatch| -> PathBuf {
        // A name with the characters that mean something in a glob or a URL.
        let file = folder.path().join(name);
        let mut writer = ArrowWriter::try_new(File::create(&file).unwrap(), batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        file
    };
    let files =
        vec![write("part [1]*.parquet", &rows(1, 0, 5000)), write("50% ü?.parquet", &rows(1, 5000, 9000))];
    let source = Source { schema: schema(), files, batches: vec![rows(1, 9000, ROWS)] };
    assert_eq!(sums(source, 3, 256 << 20), sums(cut(1, 1), 1, 256 << 20));
}

/// Units that are exposed at the start of 2026, and two events of each, in any order.
fn events(units: i64) -> (Source, Source) {
    let moment = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let start = 1_767_225_600_000_000;
    let text = |of: &dyn Fn(i64) -> String, rows: i64| -> ArrayRef {
        Arc::new((0..rows).map(|row| Some(of(row))).collect::<StringArray>())
    };
    let moments = |of: &dyn Fn(i64) -> i64, rows: i64| -> ArrayRef {
        Arc::new(
            (0..rows)
                .map(|row| Some(start + of(row)))
                .collect::<TimestampMicrosecondArray>()
                .with_timezone("UTC"),
        )
    };
    let assignments = RecordBatch::try_new(
        edgewise_analysis::assignments::schema(),
        vec![
            text(&|_| "x".to_owned(), units),
            text(&|row| format!("u_{row}"), units),
            text(&|_| "e".to_owned(), units),
            new_null_array(&DataType::Int32, usize::try_from(units).unwrap()),
            text(&|row| format!("variant_{}", row % 2), units),
            moments(&|_| 0, units),
            text(&|_| "verified".to_owned(), units),
            text(&|_| "2026-01-01".to_owned(), units),
        ],
    );
    let rows = 2 * units;
    let values: Decimal128Array = (0..rows).map(|row| Some(i128::from(row * 1_000_003 % 999_983))).collect();
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("type", DataType::Utf8, false),
        Field::new("ts", moment(), false),
        Field::new("name", DataType::Utf8, true),
        Field::new("value", DataType::Decimal128(18, 6), true),
        Field::new("unit_user", DataType::Utf8, true),
    ]));
    let events = RecordBatch::try_new(
        Arc::clone(&schema),
        vec![
            text(&|row| format!("{:032x}", row.wrapping_mul(0x5851_f42d_4c95_7f2d)), rows),
            text(&|_| "track".to_owned(), rows),
            moments(&|row| row, rows),
            text(&|_| "purchase".to_owned(), rows),
            Arc::new(values.with_precision_and_scale(18, 6).unwrap()),
            text(&|row| format!("u_{}", row * 7 % units), rows),
        ],
    );
    let cut = |batch: RecordBatch| -> Source {
        let pieces = (0..batch.num_rows())
            .step_by(4096)
            .map(|from| batch.slice(from, 4096.min(batch.num_rows() - from)));
        Source::batches(batch.schema(), pieces.collect())
    };
    (cut(assignments.unwrap()), cut(events.unwrap()))
}

/// 24 MiB are less than the hundred thousand units and their events take.
#[test]
fn little_memory_changes_nothing() {
    let (assignments, events) = events(100_000);
    let metric = Metric::new("revenue", MetricKind::Continuous { value: ValueSource::Value }, "purchase");
    let table = EventTable {
        table: "events",
        unit_column: "unit_user",
        value_column: "value",
        experiment: "x",
        verdicts: &["verified"],
        watermark_us: i64::MAX,
    };
    let sql = sql::sums_of_events(&table, &metric).unwrap();
    let sums = |memory: usize| {
        let engine = DataFusion::new(Limits { memory, partitions: NonZeroUsize::new(2).unwrap() }).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        runtime.block_on(async {
            engine.register("assignments", assignments.clone()).await.unwrap();
            engine.register("events", events.clone()).await.unwrap();
            Sums::read(&engine.query(&sql).await.unwrap(), 0).unwrap()
        })
    };
    let plenty = sums(1 << 30);
    assert_eq!(plenty.iter().map(|sums| sums.units_seen).sum::<u64>(), 100_000);
    assert_eq!(sums(24 << 20), plenty);
}
