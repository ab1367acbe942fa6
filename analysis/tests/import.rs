//! Events of other systems, through a column mapping.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use datafusion::{
    arrow::{
        array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMillisecondArray},
        datatypes::{DataType, Field, Schema, TimeUnit},
    },
    parquet::arrow::ArrowWriter,
};
use edgewise_analysis::{
    analyze::analyze_events,
    engine::datafusion::{DataFusion, Limits},
    error::AnalysisError,
    import::{Imported, Mapping, Request},
    plan::{Metric, MetricKind, Plan, PlannedMetric, Role, ValueSource},
    results::{AbsentCode, Results, SourceKind, WarningCode},
    verify::Unverifiable,
};
use std::{collections::BTreeMap, fs::File, path::PathBuf, sync::Arc};
use tempfile::TempDir;

const MAPPING: &str = "id=key,type=kind,ts=time,units.user=who,name=what,value=amount,experiment=test,variant=arm,properties.items=items";

/// Two variants of two users each; `a` buys twice, one of which was sent twice, `c` once.
const CSV: &str = "\
key,kind,time,who,what,amount,test,arm,items
1,exposure,2026-01-05T10:00:00Z,a,,,checkout,control,
2,exposure,2026-01-05T10:00:00Z,b,,,checkout,control,
3,exposure,2026-01-05 11:00:00,c,,,checkout,treatment,
4,exposure,2026-01-05T10:00:00Z,d,,,checkout,treatment,
5,exposure,2026-01-05T12:00:00Z,c,,,checkout,treatment,
6,exposure,2026-01-05T10:00:00Z,a,,,other,blue,
7,track,2026-01-05T10:30:00Z,a,purchase,1.50,,,2
8,track,2026-01-05T10:45:00Z,a,purchase,2.25,,,1
8,track,2026-01-05T10:45:00Z,a,purchase,2.25,,,1
9,track,2026-01-05T10:45:00Z,c,purchase,9.00,,,1
10,track,2026-01-05T13:00:00Z,c,purchase,4.00,,,5
11,track,2026-01-05T13:00:00Z,,purchase,4.00,,,5
12,identify,2026-01-05T13:00:00Z,a,,,,,
";

fn plan(value: ValueSource) -> Plan {
    let metric = Metric::new("revenue", MetricKind::Continuous { value }, "purchase");
    let variants = vec!["control".into(), "treatment".into()];
    Plan::new("checkout", "user", "control", variants, vec![PlannedMetric::new(metric, Role::Primary)], 0.05)
}

fn request(files: Vec<(PathBuf, &str)>) -> Request {
    Request {
        files: files.into_iter().map(|(file, mapping)| (file, mapping.parse().unwrap())).collect(),
        experiment: "checkout".into(),
        unit: "user".into(),
        allocation: BTreeMap::new(),
        dimensions: Vec::new(),
        until: None,
    }
}

fn analyze(request: &Request, value: ValueSource) -> Result<Results, AnalysisError> {
    let mut imported = Imported::read(request)?;
    let plan = plan(value);
    let observed = imported.observe(request, &plan.variants)?;
    let engine = DataFusion::new(Limits::of_this_machine()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    runtime.block_on(analyze_events(&engine, &imported, observed, &plan, &|_| {}))
}

fn csv(content: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.csv");
    std::fs::write(&file, content).unwrap();
    (folder, file)
}

fn sums(results: &Results) -> Vec<f64> {
    let total = |n: u64, mean: f64| mean * f64::from(u32::try_from(n).unwrap());
    results.metrics[0]
        .variants
        .iter()
        .map(|variant| total(variant.n, variant.mean.estimate.unwrap()))
        .collect()
}

#[test]
fn exposures_count_as_claimed_and_events_from_then_on() {
    let (_folder, file) = csv(CSV);
    let results = analyze(&request(vec![(file, MAPPING)]), ValueSource::Value).unwrap();
    assert_eq!(results.source, SourceKind::Events);
    assert_eq!(results.variants.iter().map(|variant| variant.units).collect::<Vec<_>>(), [2, 2]);
    let unverifiable = &results.variants[1].exposures.as_ref().unwrap().unverifiable;
    assert_eq!(unverifiable, &[(Unverifiable::NoRuleset, 3)].into());
    assert!(results.warnings.iter().any(|warning| warning.warning == WarningCode::NotVerified));
    // c bought for 9 before the first exposure, at 11:00 UTC.
    assert_eq!(sums(&results), [3.75, 4.0]);
    let events = results.metrics[0].events.unwrap();
    assert_eq!((events.seen, events.before_exposure, events.repeated), (5, 1, 1));
    let left_out: Vec<_> =
        results.exclusions.iter().map(|exclusion| (exclusion.exclusion, exclusion.count)).collect();
    assert_eq!(left_out, [("missing_unit", 1), ("other_experiment", 1), ("other_type", 1)]);
    assert_eq!(results.watermark.unwrap().to_string(), "2026-01-05T13:00:00Z");
}

#[test]
fn properties_have_their_own_columns() {
    let (_folder, file) = csv(CSV);
    let items = || ValueSource::Property("items".into());
    let results = analyze(&request(vec![(file.clone(), MAPPING)]), items()).unwrap();
    assert_eq!(sums(&results), [3.0, 5.0]);
    let without = MAPPING.trim_end_matches(",properties.items=items");
    let results = analyze(&request(vec![(file, without)]), items()).unwrap();
    let absent = results.metrics[0].absent.as_ref().unwrap();
    assert_eq!(absent.absent, AbsentCode::Refused);
    assert!(absent.because.contains("properties."), "{}", absent.because);
}

#[test]
fn exposures_and_events_may_come_in_files_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let exposures = folder.path().join("exposures.ndjson");
    let lines = [("a", "control"), ("b", "treatment")]
        .map(|(user, arm)| format!(r#"{{"at": "2026-01-05T10:00:00Z", "user": "{user}", "arm": "{arm}"}}"#));
    std::fs::write(&exposures, lines.join("\n")).unwrap();

    let events = folder.path().join("events.parquet");
    let moment = DataType::Timestamp(TimeUnit::Millisecond, None);
    let schema = Arc::new(Schema::new(vec![
        Field::new("when", moment, false),
        Field::new("user_id", DataType::Utf8, false),
        Field::new("event", DataType::Utf8, false),
        Field::new("amount", DataType::Float64, true),
    ]));
    // 10:00:00.000 and 10:00:01.500 UTC on 2026-01-05.
    let columns: Vec<ArrayRef> = vec![
        Arc::new(TimestampMillisecondArray::from(vec![1_767_607_200_000, 1_767_607_201_500])),
        Arc::new(StringArray::from(vec!["a", "b"])),
        Arc::new(StringArray::from(vec!["purchase", "purchase"])),
        Arc::new(Float64Array::from(vec![0.1, 0.2])),
    ];
    let batch = RecordBatch::try_new(schema, columns).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&events).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let request = request(vec![
        (exposures, "ts=at,units.user=user,variant=arm"),
        (events, "ts=when,units.user=user_id,name=event,value=amount"),
    ]);
    let results = analyze(&request, ValueSource::Value).unwrap();
    assert_eq!(sums(&results), [0.1, 0.2]);
    assert!(results.warnings.iter().any(|warning| warning.warning == WarningCode::FloatingPointSource));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let message = |content: &str, mapping: &str| {
        let (_folder, file) = csv(content);
        analyze(&request(vec![(file, mapping)]), ValueSource::Value).unwrap_err().to_string()
    };
    let error = message(&CSV.replace("2026-01-05 11:00:00", "yesterday"), MAPPING);
    assert!(error.contains("line 4, column `time`: `yesterday` is not a moment"), "{error}");
    let error = message(&CSV.replace("1.50", "1.5 EUR"), MAPPING);
    assert!(error.contains("line 8, column `amount`: `1.5 EUR` is not a number"), "{error}");
    assert!(message(CSV, "ts=time,name=what").contains("add `units.user=<column>`"));
    assert!(message(CSV, "units.user=who,name=what").contains("add `ts=<column>`"));
    assert!(message(CSV, "ts=moment,units.user=who,name=what").contains("there is no column `moment`"));
    for wrong in ["ts", "ts=a,ts=b", "user=who", "units.=who"] {
        assert!(wrong.parse::<Mapping>().is_err(), "{wrong}");
    }
}
