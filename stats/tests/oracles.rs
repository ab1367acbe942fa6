//! Every case of `oracles/*.json`: values that other people's software computed, each with its source and tolerance.
//!
//! `distribution_grid.json` is made by `distribution_grid.py` (mpmath, 50 digits); the other files hold values of scipy,
//! statsmodels, gbstats, tea-tasting and NIST, as each case says. A function that this test does not know is a failure.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test reports a bad case by panicking"
)]

use std::{fs, num::NonZeroU32, path::Path};

use edgewise_stats::{
    Alpha, Arm, Comparison, DifferenceMethod, Interval, LiftMethod, MeanOptions, MeanWithError, Moments,
    Proportion, RateLiftMethod, RateOptions, SampleRatio, Variance, compare_means, compare_rates,
    distribution::{
        chi_squared, normal,
        students_t::{self, DegreesOfFreedom},
    },
    lift, rate, sample_ratio,
};
use serde_json::{Map, Value, json};

#[test]
fn every_case_is_reproduced() {
    let mut failures = Vec::new();
    let mut cases = 0;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            cases += 1;
            let tolerance = case["tolerance"].as_object().unwrap();
            assert!(tolerance.keys().all(|key| key == "rel"), "unknown kind of tolerance in {}", case["id"]);
            let got = compute(case["function"].as_str().unwrap(), &case["inputs"]);
            compare(
                &case["id"].to_string(),
                &got,
                &case["expected"],
                tolerance["rel"].as_f64().unwrap(),
                &mut failures,
            );
        }
    }
    assert!(failures.is_empty(), "{} of {cases} cases:\n{}", failures.len(), failures.join("\n"));
    assert!(cases > 900, "only {cases} cases: files are missing");
}

/// What this crate computes for a case, in the shape of its expected value.
fn compute(function: &str, inputs: &Value) -> Value {
    let of = |name: &str| number(&inputs[name]);
    let df = || DegreesOfFreedom::new(of("df")).unwrap();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cases have whole numbers here"
    )]
    let whole_df = || NonZeroU32::new(of("df") as u32).unwrap();
    match function {
        "t_sf" => students_t::sf(of("t"), df()).into(),
        "t_ln_sf" => students_t::ln_sf(of("t"), df()).into(),
        "t_isf" => students_t::isf(of("tail"), df()).into(),
        "t_quantile" => students_t::quantile(of("p"), df()).into(),
        "normal_sf" => normal::sf(of("z")).into(),
        "normal_ln_sf" => normal::ln_sf(of("z")).into(),
        "normal_isf" => normal::isf(of("tail")).into(),
        "chi2_sf" => chi_squared::sf(of("x"), whole_df()).into(),
        "chi2_ln_sf" => chi_squared::ln_sf(of("x"), whole_df()).into(),

        "mean_sd" => {
            let moments = Moments::from_values(nist_values(inputs)).unwrap();
            json!({ "mean": moments.mean().unwrap(), "sd": moments.standard_deviation().unwrap() })
        }
        "welch_t" => {
            t_test(&compare_means(&values(&inputs["y"]), &values(&inputs["x"]), &MeanOptions::default()))
        }
        "student_t_pooled" => {
            let pooled = MeanOptions { variance: Variance::Pooled, ..MeanOptions::default() };
            t_test(&compare_means(&values(&inputs["y"]), &values(&inputs["x"]), &pooled))
        }
        "welch_t_from_stats" => {
            let arm = |i: u8| {
                let n = count(&inputs[format!("n{i}")]);
                Moments::from_mean_and_deviation(n, of(&format!("mean{i}")), of(&format!("sd{i}"))).unwrap()
            };
            t_test(&compare_means(&arm(2), &arm(1), &MeanOptions::default()))
        }
        "welch_from_sums" => from_sums(inputs),
        "mean_test_log_relative_ci" => log_relative(inputs),

        "relative_lift_ci" => lift_intervals(inputs),
        "two_prop_z_pooled" => {
            let test = two_rates(inputs, &RateOptions::default()).test.unwrap();
            json!({ "z": test.statistic, "p": test.p })
        }
        "two_prop_diff_ci" => {
            let difference = match inputs["method"].as_str().unwrap() {
                "newcomb" => DifferenceMethod::Newcombe,
                "wald" => DifferenceMethod::Wald,
                other => panic!("unknown method {other}"),
            };
            let options = RateOptions { difference, ..RateOptions::default() };
            ends(two_rates(inputs, &options).difference.interval.unwrap())
        }
        "risk_ratio_log_ci" => {
            let options = RateOptions { lift: RateLiftMethod::Log, ..RateOptions::default() };
            let interval = two_rates(inputs, &options).lift.interval.unwrap();
            json!([interval.lower() + 1.0, interval.upper() + 1.0])
        }
        "one_prop_ci" => {
            assert_eq!(inputs["method"], "wilson", "unknown method");
            let proportion = Proportion::new(count(&inputs["x"]), count(&inputs["n"])).unwrap();
            ends(rate(&proportion, Alpha::new(of("alpha")).unwrap()).interval.unwrap())
        }
        "srm_chi2" => ratio(inputs),
        unknown => panic!("no case of {unknown} is run: teach this test the function, or leave the case out"),
    }
}

fn t_test(comparison: &Comparison) -> Value {
    let test = comparison.test.unwrap();
    json!({
        "t": test.statistic,
        "df": test.df,
        "p": test.p,
        "ln_p": test.ln_p,
        "ci": ends(comparison.difference.interval.unwrap()),
    })
}

/// gbstats: the effect's p value is that of its own standard error, on the degrees of freedom of the difference.
fn from_sums(inputs: &Value) -> Value {
    let arm = |name: &str| {
        let whole = |key: &str| {
            let value = number(&inputs[name][key]);
            assert!(value.fract() == 0.0, "the sums of these cases are whole");
            #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
            let whole = value as i128;
            whole
        };
        Moments::from_scaled_sums(count(&inputs[name]["n"]), whole("sum"), whole("sum_squares"), 0).unwrap()
    };
    let options = MeanOptions {
        alpha: Alpha::new(number(&inputs["alpha"])).unwrap(),
        lift: LiftMethod::Delta,
        variance: Variance::Separate,
    };
    let comparison = compare_means(&arm("control"), &arm("treatment"), &options);
    let effect = if inputs["difference"] == "relative" { comparison.lift } else { comparison.difference };
    let (estimate, error) = (effect.estimate.unwrap(), effect.standard_error.unwrap());
    let df = DegreesOfFreedom::new(comparison.test.unwrap().df.unwrap()).unwrap();
    json!({
        "effect": estimate,
        "se": error,
        "p": students_t::two_sided_p(estimate / error, df),
        "ci": ends(effect.interval.unwrap()),
    })
}

fn log_relative(inputs: &Value) -> Value {
    let options = MeanOptions { lift: LiftMethod::Log, ..MeanOptions::default() };
    let comparison = compare_means(&values(&inputs["control"]), &values(&inputs["treatment"]), &options);
    let (difference, lift) = (comparison.difference.interval.unwrap(), comparison.lift.interval.unwrap());
    json!({
        "control": comparison.control.estimate.unwrap(),
        "treatment": comparison.treatment.estimate.unwrap(),
        "effect_size": comparison.difference.estimate.unwrap(),
        "effect_size_ci_lower": difference.lower(),
        "effect_size_ci_upper": difference.upper(),
        "rel_effect_size": comparison.lift.estimate.unwrap(),
        "rel_effect_size_ci_lower": lift.lower(),
        "rel_effect_size_ci_upper": lift.upper(),
        "pvalue": comparison.test.unwrap().p,
        "statistic": comparison.test.unwrap().statistic,
    })
}

fn lift_intervals(inputs: &Value) -> Value {
    let of =
        |mean: &str, error: &str| MeanWithError::new(number(&inputs[mean]), number(&inputs[error])).unwrap();
    let (control, treatment) = (of("mean_c", "se_c"), of("mean_t", "se_t"));
    let critical = normal::isf(number(&inputs["alpha"]) / 2.0).unwrap();
    json!({
        "fieller": ends(lift::fieller(control, treatment, critical).unwrap()),
        "delta": ends(lift::delta(control, treatment, critical).unwrap()),
        "log": ends(lift::log(control, treatment, critical).unwrap()),
    })
}

/// The cases have the treatment first.
fn two_rates(inputs: &Value, options: &RateOptions) -> Comparison {
    let arm = |x: &str, n: &str| Proportion::new(count(&inputs[x]), count(&inputs[n])).unwrap();
    compare_rates(&arm("x2", "n2"), &arm("x1", "n1"), options)
}

fn ratio(inputs: &Value) -> Value {
    let weights = inputs["weights"].as_array().unwrap().iter().map(number);
    let arms: Vec<Arm> = (inputs["obs"].as_array().unwrap().iter().map(count).zip(weights))
        .map(|(observed, weight)| Arm::new(observed, weight).unwrap())
        .collect();
    match sample_ratio(&arms) {
        SampleRatio::Tested { chi_square, p, .. } => json!({ "chi2": chi_square, "p": p }),
        other => panic!("{other:?}"),
    }
}

/// NIST's numerical accuracy data are described, not listed: "1.2, then 500 x (1.1,1.3)".
fn nist_values(inputs: &Value) -> Vec<f64> {
    let Some(description) = inputs["generator"].as_str() else {
        return inputs["data"].as_array().unwrap().iter().map(number).collect();
    };
    let (first, pair) = description.split_once(", then 500 x (").unwrap();
    let (one, other) = pair.strip_suffix(')').unwrap().split_once(',').unwrap();
    let mut values = vec![first.parse().unwrap()];
    for _ in 0..500 {
        values.extend([one.parse::<f64>().unwrap(), other.parse::<f64>().unwrap()]);
    }
    assert_eq!(values.len() as u64, count(&inputs["n"]));
    values
}

fn values(list: &Value) -> Moments {
    Moments::from_values(list.as_array().unwrap().iter().map(number)).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is not a count"))
}

fn ends(interval: Interval) -> Value {
    json!([interval.lower(), interval.upper()])
}

/// Notes every expected number that `got` misses by more than the relative tolerance; zero must be met exactly.
fn compare(place: &str, got: &Value, expected: &Value, tolerance: f64, failures: &mut Vec<String>) {
    match expected {
        Value::Number(expected) => {
            // A case that gives only a p value is met by the p value.
            let got = number(got.get("p").unwrap_or(got));
            let expected = expected.as_f64().unwrap();
            let miss = (got - expected).abs();
            if miss.is_nan() || miss > tolerance * expected.abs() {
                let relative = miss / expected.abs();
                failures.push(format!(
                    "{place}: got {got:e}, expected {expected:e}, off by {relative:.1e} of it"
                ));
            }
        }
        Value::Array(expected) => {
            for (i, expected) in expected.iter().enumerate() {
                compare(&format!("{place}[{i}]"), &got[i], expected, tolerance, failures);
            }
        }
        Value::Object(expected) => {
            for (key, expected) in expected {
                let empty = Map::new();
                let got = got.as_object().unwrap_or(&empty);
                let got = got.get(key).unwrap_or_else(|| panic!("{place}: nothing is computed for {key}"));
                compare(&format!("{place}.{key}"), got, expected, tolerance, failures);
            }
        }
        other => panic!("{place}: {other} is no expected value"),
    }
}
