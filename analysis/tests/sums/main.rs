//! The sums of every kind of metric against loops over rows, and the same to the last bit on any number of threads, in
//! little memory, and on a cluster.

#![allow(
    clippy::unwrap_used,
    clippy::struct_field_names,
    reason = "a test fails by panicking, and says what it counts"
)]

#[cfg(feature = "ballista")]
mod ballista;
#[path = "../by_sql/mod.rs"]
mod by_sql;
#[cfg(feature = "ballista")]
mod cluster;
mod folded;
mod naive;
mod quantiles;
mod world;

use by_sql::BySql;
use edgewise_analysis::{
    aggregate::{self, Measured, Numbers},
    engine::{
        Engine, Source,
        datafusion::{DataFusion, Limits},
    },
    moments::Sums,
    plan::{
        Comparator, Denominator, EventType, Filter, FilterValue, Metric, MetricKind, Silent, Step,
        ValueSource,
    },
    sql::EventTable,
};
use naive::View;
use std::num::NonZeroUsize;
use world::{Draw, HOUR, START, World, world};

const DAY: u64 = 86_400;

fn source(draw: &mut Draw) -> ValueSource {
    if draw.below(2) == 0 { ValueSource::Value } else { ValueSource::Property("price".to_owned()) }
}

fn filters(draw: &mut Draw) -> Vec<Filter> {
    let text = |is| Filter { property: "channel".to_owned(), is, value: FilterValue::Text("web".to_owned()) };
    let number = |is| Filter { property: "price".to_owned(), is, value: FilterValue::Number("1".to_owned()) };
    match draw.below(6) {
        0 => vec![text(Comparator::Equal)],
        1 => vec![text(Comparator::NotEqual), number(Comparator::AtLeast)],
        2 => vec![number(draw.one(&[Comparator::Above, Comparator::Below, Comparator::AtMost]))],
        _ => Vec::new(),
    }
}

fn limits(draw: &mut Draw) -> (Option<f64>, Option<f64>) {
    draw.one(&[(Some(0.25), None), (None, Some(1.5)), (Some(-0.5), Some(1.0)), (Some(0.0), None)])
}

fn kind(draw: &mut Draw, which: u64) -> MetricKind {
    let event = |draw: &mut Draw| draw.one(&["view", "cart", "purchase"]).to_owned();
    match which {
        0 => MetricKind::Binary,
        1 => MetricKind::Count,
        2 => MetricKind::Continuous { value: source(draw) },
        3 => MetricKind::Highest { value: source(draw) },
        4 => MetricKind::Lowest { value: source(draw) },
        5 => MetricKind::Ratio {
            value: (draw.below(2) == 0).then(|| source(draw)),
            denominator: Denominator {
                event: event(draw),
                event_type: EventType::Track,
                filters: filters(draw),
                value: (draw.below(2) == 0).then(|| source(draw)),
            },
        },
        6 => {
            let (at_least, below) = limits(draw);
            MetricKind::AverageWithin { value: source(draw), at_least, below }
        }
        7 => {
            let (at_least, below) = limits(draw);
            MetricKind::TrendWithin { value: source(draw), at_least, below }
        }
        _ => {
            let step = |event: &str, within_seconds| Step {
                name: event.to_owned(),
                event: event.to_owned(),
                event_type: EventType::Track,
                filters: Vec::new(),
                within_seconds,
            };
            let within = |draw: &mut Draw| draw.one(&[None, Some(DAY), Some(6 * 3600)]);
            MetricKind::Funnel {
                steps: vec![step("view", None), step("cart", within(draw)), step("purchase", within(draw))],
            }
        }
    }
}

fn metric(draw: &mut Draw, which: u64) -> Metric {
    let kind = kind(draw, which);
    let is_funnel = matches!(kind, MetricKind::Funnel { .. });
    let event = if is_funnel { "view" } else { draw.one(&["view", "cart", "purchase"]) };
    Metric {
        event_type: if is_funnel || draw.below(4) > 0 { EventType::Track } else { EventType::Feedback },
        filters: filters(draw),
        window_seconds: draw.one(&[None, Some(DAY), Some(3 * DAY)]),
        delay_seconds: draw.one(&[0, 0, DAY / 2]),
        silent: draw.one(&[Silent::Zero, Silent::Exclude]),
        covariate_seconds: if is_funnel { None } else { draw.one(&[None, Some(2 * DAY)]) },
        ..Metric::new(format!("m{which}"), kind, event)
    }
}

/// How an engine is asked.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    /// By SQL, or by a fold where that can tell.
    pub(crate) by_sql: bool,
    pub(crate) unique: bool,
    pub(crate) partitions: usize,
    pub(crate) memory: usize,
}

pub(crate) fn measure(world: &World, metrics: &[Metric], view: &View, asked: &Asked) -> Vec<Measured> {
    let partitions = NonZeroUsize::new(asked.partitions).unwrap();
    let engine = DataFusion::new(Limits { memory: asked.memory, partitions }).unwrap();
    let engine: Box<dyn Engine> = if asked.by_sql { Box::new(BySql(engine)) } else { Box::new(engine) };
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let events = world.events(1000);
    runtime.block_on(measure_with(engine.as_ref(), world, events, metrics, view, asked.unique))
}

/// Asks an engine that finds the world's events in some other way.
pub(crate) async fn measure_with(
    engine: &dyn Engine,
    world: &World,
    events: Source,
    metrics: &[Metric],
    view: &View,
    unique: bool,
) -> Vec<Measured> {
    let table = EventTable {
        table: "events",
        assignments: "assignments",
        unit_column: "unit_user",
        has_unique_ids: unique,
        experiment: "x",
        verdicts: &["verified"],
        watermark_us: view.watermark_us,
        links: &[],
        lateness_seconds: view.lateness_seconds,
        slice_column: view.by_platform.then_some("attribute_0"),
    };
    let metrics: Vec<&Metric> = metrics.iter().collect();
    engine.register("assignments", world.assignments()).await.unwrap();
    engine.register("events", events).await.unwrap();
    aggregate::measure(engine, &table, &metrics).await.unwrap()
}

fn of(measured: &Measured) -> &[Sums] {
    match &measured.numbers {
        Numbers::Sums(sums) => sums,
        Numbers::Quantiles(_) => &[],
    }
}

const PLENTY: usize = 256 << 20;

#[test]
fn sums_are_those_of_loops_over_rows() {
    let mut counted = 0;
    for seed in 0..12 {
        let mut draw = Draw(1000 + seed);
        let metrics: Vec<Metric> = (0..9).map(|which| metric(&mut draw, which)).collect();
        let view = View {
            watermark_us: START + 120 * HOUR,
            lateness_seconds: draw.one(&[None, Some(DAY)]),
            by_platform: seed % 3 == 0,
        };
        let unique = seed % 2 == 0;
        let world = world(seed, 40, 900);
        let world = if unique { world.unique() } else { world };
        let asked = Asked { by_sql: true, unique, partitions: 2, memory: PLENTY };
        let measured = measure(&world, &metrics, &view, &asked);
        let folded = measure(&world, &metrics, &view, &Asked { by_sql: false, ..asked });
        assert_eq!(folded, measured, "seed {seed}");
        for (metric, measured) in metrics.iter().zip(&measured) {
            let mut expected = naive::sums(&world, metric, &view);
            // What has no value has no place in a trend or a funnel.
            let uncounted = matches!(metric.kind, MetricKind::TrendWithin { .. } | MetricKind::Funnel { .. });
            let mut given = of(measured).to_vec();
            for sums in expected.iter_mut().chain(&mut given).filter(|_| uncounted) {
                (sums.events_without_value, sums.events_repeated) = (0, 0);
            }
            assert_eq!(given, expected, "seed {seed}, {metric:#?}");
            counted += usize::from(given.iter().any(|sums| sums.units_counted > 0));
        }
    }
    // Some filters let nothing pass; most metrics must have something to compare.
    assert!(counted > 90, "only {counted} of 108 metrics count anybody");
}

#[test]
fn threads_and_little_memory_change_nothing() {
    let mut draw = Draw(7);
    let metrics: Vec<Metric> = (0..9).map(|which| metric(&mut draw, which)).collect();
    let view = View { watermark_us: START + 120 * HOUR, lateness_seconds: None, by_platform: false };
    let world = world(7, 20_000, 60_000).unique();
    let with = |by_sql, partitions, memory| {
        measure(&world, &metrics, &view, &Asked { by_sql, unique: true, partitions, memory })
    };
    let expected = with(true, 1, PLENTY);
    assert_eq!(with(true, 2, PLENTY), expected);
    // 32 MiB are less than the units and their totals take.
    assert_eq!(with(true, 2, 32 << 20), expected);
    for partitions in [1, 3] {
        assert_eq!(with(false, partitions, PLENTY), expected, "folded by {partitions}");
    }
}
