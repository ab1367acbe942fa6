//! Tables of one row a unit: a published data set, and tables with something wrong in them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "who runs the tests is told which one was skipped")]

use datafusion::{
    arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray},
    parquet::arrow::ArrowWriter,
};
use edgewise_analysis::{
    engine::datafusion::{DataFusion, Limits},
    results::{MetricResult, Results, WarningCode},
    rows::ImportError,
    units::{Columns, Units},
};
use edgewise_stats::{Alpha, Method, trust::SampleRatio};
use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

fn analyze(file: &Path, columns: Columns) -> Result<Results, ImportError> {
    let units = Units::read(file, columns)?;
    let engine = DataFusion::new(Limits::of_this_machine()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    Ok(runtime.block_on(units.analyze(&engine, Alpha::default(), &|_| {})).unwrap())
}

fn columns(unit: &str, variant: &str, control: &str, binary: &[&str], continuous: &[&str]) -> Columns {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Columns {
        unit: unit.to_owned(),
        variant: variant.to_owned(),
        control: control.to_owned(),
        binary: owned(binary),
        continuous: owned(continuous),
        allocation: BTreeMap::new(),
    }
}

/// Where the data set of the mobile game Cookie Cats is, as published on Kaggle ("Mobile Games A/B Testing").
fn cookie_cats() -> Option<PathBuf> {
    let beside_the_repository =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cookie_cats.csv");
    let file = std::env::var_os("EDGEWISE_COOKIE_CATS").map_or(beside_the_repository, PathBuf::from);
    if file.is_file() {
        return Some(file);
    }
    eprintln!(
        "SKIPPED: the Cookie Cats data are not at {}; EDGEWISE_COOKIE_CATS names another place",
        file.display()
    );
    None
}

/// The numbers are those that the project's card gives for this file; Welch's p for the game rounds supposes two
/// variances, Student's t and all rows, the player with 49,854 rounds among them.
#[test]
fn cookie_cats_gives_the_known_numbers() {
    let Some(file) = cookie_cats() else { return };
    let columns =
        columns("userid", "version", "gate_30", &["retention_1", "retention_7"], &["sum_gamerounds"]);
    let results = analyze(&file, columns).unwrap();
    let units: Vec<u64> = results.variants.iter().map(|variant| variant.units).collect();
    assert_eq!(units, [44_700, 45_489]);
    let SampleRatio::Tested { chi_square, p, .. } = results.sample_ratio.after_exclusions else {
        unreachable!("both variants have units")
    };
    assert!((chi_square - 6.90).abs() < 0.005 && (p - 0.0086).abs() < 0.00005, "{chi_square} {p}");

    assert_metric(&results.metrics[0], Method::TwoProportionZ, [0.44819, 0.44228], 5e-6, (0.074, 5e-4));
    assert_metric(&results.metrics[1], Method::TwoProportionZ, [0.19020, 0.18200], 5e-6, (0.0016, 5e-5));
    // 52.4563 and 51.2988: averages of the file by awk, to four digits.
    assert_metric(&results.metrics[2], Method::WelchT, [52.4563, 51.2988], 5e-5, (0.376, 5e-4));
    assert!(results.warnings.iter().any(|warning| warning.warning == WarningCode::SampleRatioMismatch));
}

fn assert_metric(
    metric: &MetricResult,
    method: Method,
    means: [f64; 2],
    within: f64,
    (p, p_within): (f64, f64),
) {
    let name = &metric.metric;
    for (variant, expected) in metric.variants.iter().zip(means) {
        let mean = variant.mean.estimate.unwrap();
        assert!((mean - expected).abs() < within, "{name}: {mean} for {expected}");
    }
    let comparison = &metric.comparisons[0].comparison;
    assert_eq!(comparison.method, method, "{name}");
    let test = comparison.test.unwrap();
    assert!((test.p - p).abs() < p_within, "{name}: p = {} for {p}", test.p);
}

fn table(name: &str, content: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, content).unwrap();
    (folder, file)
}

#[test]
fn csv_and_ndjson_give_the_same_results() {
    let csv = "id,arm,won,spent\na,x,1,0.10\nb,y,0,0.20\nc,x,0,\nd,y,TRUE,1e2\ne,x,1,-3\nf,y,1,7\n";
    let ndjson = r#"{"id": "a", "arm": "x", "won": true, "spent": 0.10}
{"id": "b", "arm": "y", "won": 0, "spent": 0.20}
{"id": "c", "arm": "x", "won": false}
{"id": "d", "arm": "y", "won": 1, "spent": 1e2}
{"id": "e", "arm": "x", "won": true, "spent": -3}
{"id": "f", "arm": "y", "won": true, "spent": 7}
"#;
    let [one, other] = [("t.csv", csv), ("t.ndjson", ndjson)].map(|(name, content)| {
        let (_folder, file) = table(name, content);
        analyze(&file, columns("id", "arm", "x", &["won"], &["spent"])).unwrap()
    });
    assert_eq!(one, other);
    assert_eq!(one.metrics[1].variants[0].silent_units, 1, "a missing number leaves its unit out");
    assert!(one.metrics[1].sample_ratio.is_some());
    assert_eq!(one.metrics[0].variants[0].mean.estimate, Ok(2.0 / 3.0));
}

#[test]
fn parquet_floats_are_marked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.parquet");
    let columns_of: [(&str, ArrayRef); 4] = [
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
        ("arm", Arc::new(StringArray::from(vec!["c", "t", "c", "t"]))),
        ("won", Arc::new(BooleanArray::from(vec![true, false, true, true]))),
        ("spent", Arc::new(Float64Array::from(vec![Some(0.1), Some(f64::NAN), None, Some(2e-7)]))),
    ];
    let batch = RecordBatch::try_from_iter(columns_of).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&file).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let results = analyze(&file, columns("id", "arm", "c", &["won"], &["spent"])).unwrap();
    assert!(results.warnings.iter().any(|warning| warning.warning == WarningCode::FloatingPointSource));
    assert_eq!(results.metrics[0].variants[0].mean.estimate, Ok(1.0));
    assert_eq!(results.metrics[1].variants[0].mean.estimate, Ok(0.1));
    assert_eq!(results.metrics[1].variants[1].mean.estimate, Ok(0.0), "rounded to six places");
    assert_eq!(results.metrics[1].variants[1].silent_units, 1, "NaN is no number");
}

#[test]
fn rows_that_do_not_count_are_counted() {
    let (_folder, file) = table("t.csv", "id,arm,x\na,c,1\n,c,1\nb,,1\na,c,1\na,t,1\nd,t,0\ne,t,1\nf,c,0\n");
    let results = analyze(&file, columns("id", "arm", "c", &["x"], &[])).unwrap();
    let counted: Vec<_> =
        results.exclusions.iter().map(|exclusion| (exclusion.exclusion, exclusion.count)).collect();
    assert_eq!(counted, [("missing_unit", 1), ("missing_variant", 1), ("repeated_unit", 2)]);
    assert!(results.exclusions[2].what.contains("`a` in line 5"), "{}", results.exclusions[2].what);
    assert_eq!(results.variants[0].units_in_two_variants, 1);
}

#[test]
fn wrong_cells_are_refused_with_their_place() {
    let message = |content, binary: &[&str], continuous: &[&str]| {
        let (_folder, file) = table("t.csv", content);
        analyze(&file, columns("id", "arm", "c", binary, continuous)).unwrap_err().to_string()
    };
    let error = message("id,arm,x\na,c,1\nb,t,maybe\n", &["x"], &[]);
    assert!(error.ends_with("t.csv, line 3, column `x`: `maybe` is not true, false, 1 or 0"), "{error}");
    let error = message("id,arm,x\na,c,1\nb,t,\"1,5\"\n", &[], &["x"]);
    assert!(error.contains("line 3, column `x`: `1,5` is not a number"), "{error}");
    let error = message("id,arm,x\na,c,1\nb,t,1e13\n", &[], &["x"]);
    assert!(error.contains("line 3, column `x`: `1e13` is not a number: it lies outside"), "{error}");
    let error = message("id,arm,x\na,t,1\n", &["x"], &[]);
    assert!(error.contains("no row has the variant `c`") && error.contains("there are t"), "{error}");
    let error = message("id,arm,y\na,c,1\n", &["x"], &[]);
    assert!(error.contains("there is no column `x`; there are id, arm, y"), "{error}");
    assert!(message("id,arm,x\n", &["x"], &[]).contains("no rows"));
}

#[test]
fn an_allocation_names_each_variant() {
    let (_folder, file) = table("t.csv", "id,arm,x\na,c,1\nb,t,0\nd,t,0\ne,t,1\n");
    let with = |allocation: &[(&str, f64)]| {
        let mut columns = columns("id", "arm", "c", &["x"], &[]);
        columns.allocation = allocation.iter().map(|(name, share)| ((*name).to_owned(), *share)).collect();
        analyze(&file, columns)
    };
    let results = with(&[("c", 1.0), ("t", 3.0)]).unwrap();
    assert!(
        matches!(results.sample_ratio.after_exclusions, SampleRatio::Tested { chi_square, .. } if chi_square < 1e-12)
    );
    for allocation in [&[("c", 1.0)][..], &[("c", 1.0), ("u", 1.0)], &[("c", 1.0), ("t", -1.0)]] {
        assert!(matches!(with(allocation), Err(ImportError::BadAllocation { .. })), "{allocation:?}");
    }
}
