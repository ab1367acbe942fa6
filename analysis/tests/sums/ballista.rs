//! The same sums to the last bit on a Ballista cluster, wherever the files are that it reads.

#![allow(clippy::print_stdout, reason = "that both executors took part is for people to see too")]

use crate::{Asked, DAY, PLENTY, cluster::Cluster, measure, measure_with, metric, naive::View, world::*};
use datafusion::{
    arrow::{array::AsArray as _, datatypes::Int64Type},
    parquet::arrow::ArrowWriter,
};
use edgewise_analysis::{
    aggregate::{Measured, Numbers},
    engine::{Engine as _, Source, ballista::Ballista},
    plan::{Cap, Metric, MetricKind, Silent, ValueSource},
};
use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// One metric of every kind, and one with caps, which are quantiles that a query before has to find.
fn metrics(draw: &mut Draw) -> Vec<Metric> {
    let value = ValueSource::Value;
    let quantile = MetricKind::Quantile { value: value.clone(), level: 0.9 };
    let capped = Metric {
        cap: Some(Cap::Quantiles { lower: Some(0.1), upper: Some(0.9) }),
        silent: Silent::Zero,
        window_seconds: Some(3 * DAY),
        ..Metric::new("capped", MetricKind::Continuous { value }, "purchase")
    };
    let mut metrics: Vec<Metric> = (0..9).map(|which| metric(draw, which)).collect();
    metrics.extend([Metric::new("quantile", quantile, "purchase"), capped]);
    metrics
}

/// The same rows: most in files of the shared folder, some in a file elsewhere, the rest in memory.
fn spread(source: Source, shared: &TempDir, elsewhere: &TempDir) -> Source {
    let Source { schema, mut batches, .. } = source;
    assert!(batches.len() > 4, "there is something for each place");
    let kept = batches.split_off(batches.len() - 1);
    let last = batches.len() - 1;
    let files = batches.iter().enumerate().map(|(index, batch)| -> PathBuf {
        let folder = if index == last { elsewhere } else { shared };
        let path = folder.path().join(format!("events [{index}].parquet"));
        let mut writer =
            ArrowWriter::try_new(File::create(&path).unwrap(), Arc::clone(&schema), None).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        path
    });
    Source { files: files.collect(), schema, batches: kept }
}

fn counts_anybody(measured: &Measured) -> bool {
    match &measured.numbers {
        Numbers::Sums(sums) => sums.iter().any(|sums| sums.units_counted > 0),
        Numbers::Quantiles(quantiles) => quantiles.iter().any(|quantile| quantile.at.is_some()),
    }
}

async fn counted(engine: &Ballista, sql: &str) -> usize {
    let rows = engine.query(sql).await.unwrap();
    let counts = rows.iter().map(|batch| batch.column(0).as_primitive::<Int64Type>());
    let count: i64 = counts.flat_map(|column| column.values().iter().copied()).sum();
    usize::try_from(count).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn sums_are_the_same_on_a_cluster() {
    let cluster = Cluster::start();
    let runtime = Runtime::new().unwrap();
    let mut counted = 0;
    for seed in 0..4 {
        let mut draw = Draw(2000 + seed);
        let metrics = metrics(&mut draw);
        let view = View {
            watermark_us: START + 120 * HOUR,
            lateness_seconds: draw.one(&[None, Some(DAY)]),
            by_platform: seed == 1,
        };
        let unique = seed % 2 == 0;
        let world = world(seed, 400, 8_000);
        let world = if unique { world.unique() } else { world };
        let expected =
            measure(&world, &metrics, &view, &Asked { by_sql: true, unique, partitions: 2, memory: PLENTY });

        let folders = (TempDir::new_in(&cluster.shared).unwrap(), TempDir::new().unwrap());
        let events = spread(world.events(1000), &folders.0, &folders.1);
        let measured = runtime.block_on(async {
            let engine = Ballista::connect(&cluster.url().parse().unwrap()).await.unwrap();
            measure_with(&engine, &world, events, &metrics, &view, unique).await
        });
        for ((metric, measured), expected) in metrics.iter().zip(&measured).zip(&expected) {
            assert_eq!(measured, expected, "seed {seed}, {metric:#?}");
        }
        counted += measured.iter().filter(|measured| counts_anybody(measured)).count();
    }
    assert!(counted > 36, "only {counted} of 44 metrics count anybody");
    let tasks = cluster.tasks();
    println!("tasks of each executor: {tasks:?}");
    assert!(tasks.iter().all(|tasks| *tasks > 0), "an executor had nothing to do: {tasks:?}");
}

#[test]
fn names_stand_for_what_was_bound_to_them() {
    let cluster = Cluster::start();
    let world = world(5, 20, 100);
    let schema = world.events(100).schema;
    Runtime::new().unwrap().block_on(async {
        let engine = Ballista::connect(&cluster.url().parse().unwrap()).await.unwrap();
        let count = async |sql: &str| counted(&engine, sql).await;
        engine.register("raw_events", world.events(40)).await.unwrap();
        engine.bind("carts", "select id from raw_events where name = 'cart'").await.unwrap();
        let carts = world.events.iter().filter(|event| event.name == "cart").count();
        assert_eq!(count("select count(*) from carts").await, carts);

        let own = fs::read_dir(&cluster.shared).unwrap().next().unwrap().unwrap();
        assert_eq!(mode(&own.path()), 0o755, "others may read the folder");
        for file in fs::read_dir(own.path()).unwrap() {
            assert_eq!(mode(&file.unwrap().path()), 0o644, "and the files in it");
        }

        engine.register("carts", Source::batches(schema, Vec::new())).await.unwrap();
        assert_eq!(count("select count(*) from carts").await, 0, "a table without rows takes the name");
    });
    let left: Vec<_> = fs::read_dir(&cluster.shared).unwrap().collect();
    assert!(left.is_empty(), "the session's folder is gone with it: {left:?}");
}

#[test]
fn files_are_read_where_the_cluster_sees_them_and_copied_from_elsewhere() {
    let cluster = Cluster::start();
    let world = world(5, 20, 500);
    let folders = (TempDir::new_in(&cluster.shared).unwrap(), TempDir::new().unwrap());
    Runtime::new().unwrap().block_on(async {
        let engine = Ballista::connect(&cluster.url().parse().unwrap()).await.unwrap();
        let events = spread(world.events(100), &folders.0, &folders.1);
        let (here, elsewhere) = (events.files[0].clone(), events.files.last().unwrap().clone());
        engine.register("events", events).await.unwrap();
        fs::remove_file(elsewhere).unwrap();
        assert_eq!(counted(&engine, "select count(*) from events").await, world.events.len());

        fs::remove_file(here).unwrap();
        let error = engine.query("select sum(value) from events").await.unwrap_err().to_string();
        assert!(error.contains(&format!("of its {} rows", world.events.len())), "{error}");
        assert!(error.contains(&cluster.shared.display().to_string()), "{error}");
        assert!(error.contains("every executor"), "{error}");
    });
}
