//! Tables of one row a unit: a published data set, and tables with something wrong in them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "who runs the tests is told which one was skipped")]

use datafusion::{
    arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray},
    parquet::arrow::ArrowWriter,
};
use edgewise_analysis::{
    engine::datafusion::{DataFusion, Limits},
    plan::Direction,
    report,
    results::{Health, HealthState, MetricResult, Results, WarningCode},
    rows::ImportError,
    units::{Columns, Primary, Units},
};
use edgewise_stats::{Alpha, Method, decide::Action, trust::SampleRatio};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
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
        primary: None,
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

/// Three variants of 1,500 units each: `b` wins more often than the control by a tenth of all, `c` as often.
fn three_variants() -> String {
    let mut table = "id,arm,won,spent\n".to_owned();
    for index in 0..4_500_u32 {
        let (arm, wins) = [("a", 30), ("b", 40), ("c", 30)][index as usize % 3];
        let won = (index / 3) % 100 < wins;
        writeln!(table, "u{index},{arm},{},{}", u8::from(won), (index / 3) % 41).unwrap();
    }
    table
}

#[test]
fn a_column_that_decides_makes_a_decision() {
    let (_folder, file) = table("t.csv", &three_variants());
    let of = |direction| {
        let primary = Some(Primary { column: "won".to_owned(), direction });
        analyze(&file, Columns { primary, ..columns("id", "arm", "a", &["won"], &["spent"]) }).unwrap()
    };
    let results = of(Direction::Increase);
    let decided = results.decision.as_ref().unwrap();
    assert_eq!(decided.recommendation.action, Action::ShipTreatment { treatment: 0 }, "{decided:?}");
    let adjusted = |metric: usize, place: usize| {
        let adjusted = results.metrics[metric].comparisons[place].adjusted_p.unwrap();
        (adjusted.procedure, adjusted.family)
    };
    assert_eq!(adjusted(0, 0), ("holm", 2));
    assert_eq!(adjusted(1, 1), ("benjamini_hochberg", 2));
    // Holm's step-down: the smaller of two p values is doubled.
    let first = &results.metrics[0].comparisons[0];
    assert!((first.adjusted_p.unwrap().p - 2.0 * first.comparison.test.unwrap().p).abs() < 1e-15);
    assert!(results.metrics[0].power.as_ref().unwrap().current.unwrap() > 0.0);
    // Where less is better, `b` is worse, and nothing is known of `c`.
    let decided = of(Direction::Decrease).decision.unwrap();
    assert_eq!(decided.recommendation.action, Action::Inconclusive);
    assert!(decided.in_words[0].text.starts_with("`b` is significantly worse"), "{decided:?}");
}

#[test]
fn without_one_nothing_is_decided_and_all_is_checked() {
    let (_folder, file) = table("t.csv", &three_variants());
    let of = columns("id", "arm", "a", &["won"], &["spent"]);
    let results = analyze(&file, of.clone()).unwrap();
    assert_eq!(results.decision, None);
    let family = results.metrics[0].comparisons[0].adjusted_p.unwrap();
    assert_eq!((family.procedure, family.family), ("benjamini_hochberg", 4));
    let found: Vec<_> = results.health.iter().map(|check| (check.check, check.state)).collect();
    let passed = |check| (check, HealthState::Passed);
    assert_eq!(
        found,
        [passed(Health::SampleRatio), passed(Health::TwoVariants), passed(Health::Plausibility)]
    );
    for text in [report::html(&results), report::markdown(&results)] {
        assert!(text.contains("Health checks") && !text.contains("Dimensions"), "{text}");
    }

    let primary = Some(Primary { column: "lost".to_owned(), direction: Direction::Increase });
    let error = analyze(&file, Columns { primary, ..of }).unwrap_err().to_string();
    assert!(error.ends_with("there is no column `lost`; there are won, spent"), "{error}");
}

/// Few units decide nothing, and neither do those that an allocation did not promise.
#[test]
fn gates_and_broken_data_keep_a_table_from_deciding() {
    let primary = Some(Primary { column: "won".to_owned(), direction: Direction::Increase });
    let of = Columns { primary, ..columns("id", "arm", "a", &["won"], &[]) };
    let all = three_variants();
    let few: Vec<&str> = all.lines().take(601).collect();
    let few = few.join("\n");
    let (_folder, file) = table("t.csv", &few);
    let decided = analyze(&file, of.clone()).unwrap().decision.unwrap();
    assert!(matches!(decided.recommendation.action, Action::Continue { .. }), "{decided:?}");

    let is_kept = |(row, line): &(usize, &str)| !(line.contains(",b,") && row % 2 == 0);
    let skewed: Vec<&str> = all.lines().enumerate().filter(is_kept).map(|(_, line)| line).collect();
    let skewed = skewed.join("\n");
    let (_folder, file) = table("t.csv", &skewed);
    let decided = analyze(&file, of).unwrap().decision.unwrap();
    assert_eq!(decided.recommendation.action, Action::Inconclusive);
    assert!(decided.summary.contains("did not get the units"), "{}", decided.summary);
}

/// The numbers of `spent` run through 0 to 40 evenly: 1,500 units of a variant are 36 rounds of them and 24 more.
#[test]
fn a_columns_numbers_are_spread_over_bins() {
    let (_folder, file) = table("t.csv", &three_variants());
    let results = analyze(&file, columns("id", "arm", "a", &["won"], &["spent"])).unwrap();
    assert_eq!(results.metrics[0].distribution, None);
    let spread = results.metrics[1].distribution.as_ref().unwrap();
    assert_eq!((spread.bins[0].from, spread.bins[0].to, spread.bins.len()), (0.0, 2.0, 20));
    let units = &spread.variants[1].units;
    assert_eq!((units[0], units[12], units[19]), (74, 72, 108), "two numbers a bin, three in the last");
    let levels: Vec<f64> = spread.variants[1].levels.iter().map(|at| at.value).collect();
    assert_eq!(levels, [20.0, 30.0, 36.0, 38.0, 40.0]);
}
