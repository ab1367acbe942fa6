//! Properties of logged events as columns of a table that the engine queries.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use datafusion::arrow::{
    array::{AsArray as _, RecordBatch},
    datatypes::{Decimal128Type, Int64Type},
};
use edgewise_analysis::{
    engine::{
        Engine as _,
        datafusion::{DataFusion, Limits},
    },
    log::{Batch, Limits as LogLimits, Log, NewEvent, Source, compact},
    property::{PropertyColumn, PropertyKind},
};
use std::collections::BTreeSet;
use uuid::Uuid;

fn event(n: u64, properties: &str) -> NewEvent {
    let id = Uuid::from_u128(0x019a_b3f0_5c00_7000_8000_0000_0000_0000 | u128::from(n));
    let json = format!(
        r#"{{"id":"{id}","type":"track","ts":"2026-11-21T08:00:00Z","name":"x","units":{{"user":"u_{n}"}},"properties":{properties}}}"#
    );
    NewEvent { id, json: serde_json::value::RawValue::from_string(json).unwrap() }
}

/// Two sealed segments, the first without the property, and a rest; every event twice, the second time in the next
/// segment.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().unwrap();
    let limits = LogLimits { recent_ids: 1, ..LogLimits::default() };
    let (mut log, _) = Log::open(folder.path(), limits).unwrap();
    let properties = |n: u64| match n {
        0..10 => "{}".to_owned(),
        _ => format!(r#"{{"price":{n}.1,"plan":"{}"}}"#, if n.is_multiple_of(2) { "even" } else { "odd" }),
    };
    for part in 0..3_u64 {
        let first = (part * 10).saturating_sub(10);
        let events = (first..part * 10 + 10).map(|n| event(n, &properties(n))).collect();
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        log.commit(&[Batch { sent_at: None, events, rejects: Vec::new() }], now).unwrap();
        if part < 2 {
            log.seal();
        }
    }
    for number in log.take_sealed() {
        compact(log.folder(), number).unwrap();
    }
    folder
}

async fn query(source: &Source, sql: &str) -> RecordBatch {
    let wanted = BTreeSet::from([
        PropertyColumn { property: "price".to_owned(), kind: PropertyKind::Number },
        PropertyColumn { property: "plan".to_owned(), kind: PropertyKind::Text },
    ]);
    let table = source.with_properties(&wanted).unwrap();
    let engine = DataFusion::new(Limits::of_this_machine()).unwrap();
    engine.register("events", table.source()).await.unwrap();
    let batches = engine.query(sql).await.unwrap();
    batches.into_iter().next().unwrap()
}

#[tokio::test]
async fn the_engine_sums_up_properties_over_files_with_and_without_them() {
    let folder = folder();
    let source = Source::open(folder.path()).unwrap();
    assert_eq!(
        (source.reading().files, source.reading().uncompacted, source.reading().repeated),
        (2, 10, 20)
    );
    let sums = "select sum(number_price) as total, count(number_price) as priced, count(*) as events,
        count(distinct id) as ids, count(text_plan) as planned from events where name = 'x'";
    let row = query(&source, sums).await;
    let count = |name: &str| row.column_by_name(name).unwrap().as_primitive::<Int64Type>().value(0);
    assert_eq!(["priced", "events", "ids", "planned"].map(count), [20, 30, 30, 20], "ids are unique");
    let total = row.column_by_name("total").unwrap().as_primitive::<Decimal128Type>().value(0);
    // 10 + … + 29, and a tenth of each.
    assert_eq!(total, 392_000_000);
    let even = query(&source, "select count(*) as even from events where text_plan = 'even'").await;
    assert_eq!(even.column(0).as_primitive::<Int64Type>().value(0), 10);
}
