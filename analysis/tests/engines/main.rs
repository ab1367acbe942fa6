//! The same questions to every engine: the same answers, to the last bit.
//!
//! PostgreSQL is a server of the test's own. ClickHouse's dialect is spoken by chdb, and DuckDB is asked by hand, with
//! the script of `--emit-sql`; both live in a Python that `scripts/test engines` installs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../by_sql/mod.rs"]
mod by_sql;
mod metrics;
mod postgres;
mod python;
#[path = "../sums/world.rs"]
mod world;

use datafusion::{
    arrow::{array::RecordBatch, compute::concat_batches},
    parquet::arrow::ArrowWriter,
};
use edgewise_analysis::{
    aggregate::{self, DailyEvents, Measured, Numbers},
    engine::{
        Engine, Source,
        clickhouse::ClickHouse,
        datafusion::{DataFusion, Limits},
        dialect::Dialect,
        postgres::Postgres,
        recorded::Recorded,
    },
    error::AnalysisError,
    plan::{Metric, MetricKind, ValueSource},
    sql::EventTable,
};
use metrics::metrics;
use std::{fs::File, path::Path};
use world::{HOUR, START, World, world};

/// What an engine answers.
#[derive(Debug, PartialEq)]
struct Answers {
    measured: Vec<Measured>,
    days: Vec<DailyEvents>,
    distribution: Option<edgewise_analysis::results::Distribution>,
}

/// One way to ask.
#[derive(Clone, Copy, Debug)]
struct Asked {
    has_unique_ids: bool,
    lateness_seconds: Option<u64>,
    slice_column: Option<&'static str>,
}

const WAYS: [Asked; 2] = [
    Asked { has_unique_ids: true, lateness_seconds: None, slice_column: None },
    Asked { has_unique_ids: false, lateness_seconds: Some(86_400), slice_column: Some("attribute_0") },
];

/// Units, and events of which some came twice where ids are looked at.
fn rows(asked: Asked) -> World {
    let world = world(11, 120, 4_000);
    if asked.has_unique_ids { world.unique() } else { world }
}

async fn ask(engine: &dyn Engine, asked: Asked) -> Result<Answers, AnalysisError> {
    let table = EventTable {
        table: "events",
        assignments: "assignments",
        unit_column: "unit_user",
        has_unique_ids: asked.has_unique_ids,
        experiment: "x",
        verdicts: &["verified"],
        // A microsecond before a window ends: whoever cuts moments to seconds counts otherwise.
        watermark_us: START + 120 * HOUR - 1,
        links: &[],
        lateness_seconds: asked.lateness_seconds,
        slice_column: asked.slice_column,
    };
    let metrics = metrics();
    let variants = ["control".to_owned(), "treatment".to_owned()];
    Ok(Answers {
        measured: aggregate::measure(engine, &table, &metrics.iter().collect::<Vec<_>>()).await?,
        days: aggregate::daily_events(engine, &table).await?,
        distribution: aggregate::distribution((None, engine), &table, &metrics[3], &variants).await?,
    })
}

async fn upload(engine: &dyn Engine, world: &World) {
    engine.register("assignments", world.assignments()).await.unwrap();
    engine.register("events", world.events(1000)).await.unwrap();
}

async fn embedded(asked: Asked) -> Answers {
    let engine = by_sql::BySql(DataFusion::new(Limits::of_this_machine()).unwrap());
    upload(&engine, &rows(asked)).await;
    let answers = ask(&engine, asked).await.unwrap();
    // What all of them agree on is something.
    for (measured, metric) in answers.measured.iter().zip(metrics()) {
        let counted = match &measured.numbers {
            Numbers::Sums(sums) => sums.iter().map(|sums| sums.units_counted).sum::<u64>(),
            Numbers::Quantiles(quantiles) => quantiles.iter().map(|quantile| quantile.values).sum(),
        };
        assert!(counted > 0, "{metric:?} counts nobody");
    }
    answers
}

fn same(engine: &str, asked: Asked, given: &Answers, expected: &Answers) {
    for ((given, expected), metric) in given.measured.iter().zip(&expected.measured).zip(metrics()) {
        assert_eq!(given, expected, "{engine}, {asked:?}, {metric:#?}");
    }
    assert_eq!(given, expected, "{engine}, {asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_answers_as_datafusion_does() {
    let server = postgres::Server::start();
    for asked in WAYS {
        let engine = Postgres::connect(&server.address(), None).await.unwrap();
        upload(&engine, &rows(asked)).await;
        let given = ask(&engine, asked).await.unwrap();
        same("PostgreSQL", asked, &given, &embedded(asked).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs chdb: scripts/test engines"]
async fn clickhouse_answers_as_datafusion_does() {
    let server = python::ClickHouse::start(&[]);
    for asked in WAYS {
        let engine = ClickHouse::connect(&server.address(), None, None).unwrap();
        upload(&engine, &rows(asked)).await;
        let given = ask(&engine, asked).await.unwrap();
        same("ClickHouse", asked, &given, &embedded(asked).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs duckdb: scripts/test engines"]
async fn duckdb_asked_by_hand_answers_as_datafusion_does() {
    for asked in WAYS {
        let folder = tempfile::tempdir().unwrap();
        let (database, script) = (folder.path().join("shop.duckdb"), folder.path().join("statements.sql"));
        let run = |text: &str| {
            std::fs::write(&script, text).unwrap();
            python::duckdb(&database, &script)
        };
        let world = rows(asked);
        for (table, source) in [("assignments", world.assignments()), ("events", world.events(1000))] {
            let file = folder.path().join(table);
            write(&file, &source);
            run(&format!("create table {table} as select * from read_parquet('{}')", file.display()));
        }
        let mut answers = String::new();
        let mut given = None;
        // Caps and quantiles first, then what is summed up by them, then the bins of a distribution.
        for _ in 0..5 {
            let engine = Recorded::read(&answers).unwrap();
            let answered = ask(&engine, asked).await.unwrap();
            assert!(engine.unused().is_empty(), "each answer is to a question that is asked again");
            if engine.open().is_empty() {
                given = Some(answered);
                break;
            }
            answers.push_str(&run(&Dialect::DuckDb.script(&engine.open())));
        }
        same("DuckDB", asked, &given.expect("nothing is open any more"), &embedded(asked).await);
    }
}

fn write(file: &Path, source: &Source) {
    let rows: RecordBatch = concat_batches(&source.schema, &source.batches).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(file).unwrap(), rows.schema(), None).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
}

/// A server's own errors come through, and an address's password never does.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_refuses_is_told_without_the_password() {
    let server = postgres::Server::start();
    let engine = Postgres::connect(&server.address(), None).await.unwrap();
    let error = engine.query("select nothing from nowhere").await.unwrap_err().to_string();
    assert!(error.contains("relation \"nowhere\" does not exist"), "{error}");
    let wrong = server.address().replace("@/postgres", ":hunter2@/nothing");
    let error = Postgres::connect(&wrong, None).await.err().unwrap().to_string();
    assert!(error.contains("database \"nothing\" does not exist"), "{error}");
    for address in ["postgresql://me:hunter2@host:port/db", "postgresql://me:hunter2@host/db?what=no"] {
        let error = Postgres::connect(address, None).await.err().unwrap().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

/// `latest_arrival` after the last moment that engines tell apart, with a window before it.
#[tokio::test(flavor = "multi_thread")]
async fn a_watermark_beyond_the_last_moment_is_taken_for_it() {
    let asked = WAYS[0];
    let engine = by_sql::BySql(DataFusion::new(Limits::of_this_machine()).unwrap());
    upload(&engine, &rows(asked)).await;
    let metric = Metric {
        window_seconds: Some(3600),
        ..Metric::new("m", MetricKind::Continuous { value: ValueSource::Value }, "purchase")
    };
    let table = |watermark_us| EventTable {
        table: "events",
        assignments: "assignments",
        unit_column: "unit_user",
        has_unique_ids: true,
        experiment: "x",
        verdicts: &["verified"],
        watermark_us,
        links: &[],
        lateness_seconds: None,
        slice_column: None,
    };
    let sums = |watermark_us| {
        let (engine, metric) = (&engine, &metric);
        async move { aggregate::measure(engine, &table(watermark_us), &[metric]).await.unwrap() }
    };
    assert_eq!(sums(i64::MAX).await, sums(START + 10_000 * HOUR).await);
}
