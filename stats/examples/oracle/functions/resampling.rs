//! Bootstrap, permutation, quantiles and winsorising.

use std::num::NonZeroU32;

use edgewise_stats::{
    Alpha, Alternative, Fraction, Moments, QuantileMethod, Sample,
    resample::{
        BootstrapEstimate, BootstrapInterval, BootstrapOptions, MeanStatistic, PermutationOptions,
        RatioSample, Resampling, compare_means, enumerate, mean, mean_acceleration, permute_means, quantile,
        ratio,
    },
    sharpen::{Levels, Limits, winsorise},
};
use serde_json::{Value, json};

use super::{
    Answer, Inputs,
    inputs::{because, ends, numbers},
};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "winsorize_mean_var" => winsorize_mean_var(inputs),
        "sample_quantiles" => sample_quantiles(inputs),
        "permutation_mean_diff_exact" => permutation_mean_diff_exact(inputs),
        "bootstrap_exact_distribution" => bootstrap_exact_distribution(inputs),
        "bootstrap_interval" => bootstrap_interval(inputs),
        "bca_acceleration_mean" => {
            sample(inputs, "x").and_then(|x| Ok(json!(mean_acceleration(&x).map_err(because)?)))
        }
        _ => return None,
    })
}

fn winsorize_mean_var(inputs: &Inputs<'_>) -> Answer {
    let level = |name: &str| {
        if inputs.has(name) {
            Fraction::new(inputs.number(name)?).map(Some).map_err(because)
        } else {
            Ok(None)
        }
    };
    let x = sample(inputs, "x")?;
    let y = if inputs.has("y") { sample(inputs, "y")? } else { Sample::default() };
    let levels = Levels::new(level("lower_quantile")?, level("upper_quantile")?).map_err(because)?;
    let arms = [x, y];
    let limits = Limits::pooled(&arms, &levels, method(inputs)?).map_err(because)?;
    let mut answer = json!({
        "cap": limits.upper().or(limits.lower()),
        "cap_lower": limits.lower(), "cap_upper": limits.upper(),
        "lower_cap": limits.lower(), "upper_cap": limits.upper(),
        "lower": limits.lower(), "upper": limits.upper(),
    });
    for (name, arm) in ["x", "y"].iter().zip(&arms) {
        if arm.n() == 0 {
            continue;
        }
        let winsorised = winsorise(arm, &limits);
        let moments = winsorised.moments.map_err(because)?;
        let (mean, variance) = (moments.mean().map_err(because)?, moments.variance().ok());
        for (key, value) in [
            ("mean", json!(mean)),
            ("var", json!(variance)),
            ("raised", json!(winsorised.raised)),
            ("lowered", json!(winsorised.lowered)),
            ("n_changed", json!(winsorised.raised + winsorised.lowered)),
        ] {
            answer[format!("{key}_{name}")] = value.clone();
            if *name == "x" {
                answer[key] = value;
            }
        }
    }
    Ok(answer)
}

fn sample_quantiles(inputs: &Inputs<'_>) -> Answer {
    let (x, method) = (sample(inputs, "x")?, method(inputs)?);
    let of = |level: f64| x.quantile(Fraction::new(level).map_err(because)?, method).map_err(because);
    let quantiles: Result<Vec<f64>, String> = inputs.numbers("levels")?.into_iter().map(of).collect();
    Ok(json!(quantiles?))
}

/// The cases have the treatment first.
fn permutation_mean_diff_exact(inputs: &Inputs<'_>) -> Answer {
    let (treatment, control) = (sample(inputs, "x")?, sample(inputs, "y")?);
    let statistic = match inputs.value("statistic").as_str() {
        Some("studentised") => MeanStatistic::Studentised,
        None | Some("difference") => MeanStatistic::Difference,
        Some(other) => return Err(format!("the statistic {other} is not known")),
    };
    let test = |alternative| {
        let options =
            PermutationOptions { alternative, enumerate_up_to: 100_000_000, ..PermutationOptions::default() };
        permute_means(&control, &treatment, statistic, &options).map_err(because)
    };
    let own = test(alternative(inputs)?)?;
    Ok(json!({
        "stat": own.statistic,
        "statistic": own.statistic,
        "p": own.p,
        "p_two_sided": test(Alternative::TwoSided)?.p,
        "p_greater": test(Alternative::Greater)?.p,
        "p_less": test(Alternative::Less)?.p,
        "n_perm": own.labellings,
    }))
}

fn bootstrap_exact_distribution(inputs: &Inputs<'_>) -> Answer {
    let statistic = match inputs.value("statistic").as_str() {
        None | Some("mean") => |values: &[f64]| {
            Moments::from_values(values.iter().copied()).map_or(f64::NAN, |of| of.mean().unwrap_or(f64::NAN))
        },
        Some("median") => |values: &[f64]| {
            let of = Sample::from_values(values).unwrap_or_default();
            Fraction::new(0.5)
                .map_or(f64::NAN, |half| of.quantile(half, QuantileMethod::Linear).unwrap_or(f64::NAN))
        },
        Some("max") => |values: &[f64]| values.iter().copied().fold(f64::MIN, f64::max),
        Some("min") => |values: &[f64]| values.iter().copied().fold(f64::MAX, f64::min),
        Some("sum") => |values: &[f64]| values.iter().sum(),
        Some(other) => return Err(format!("the statistic {other} is not known")),
    };
    let exact = enumerate(&inputs.numbers("x")?, statistic).map_err(because)?;
    let mut answer = json!({
        "mean": exact.mean(),
        "var": exact.variance(),
        "sd": exact.variance().sqrt(),
        "se": exact.variance().sqrt(),
        "n": exact.resamples(),
        "n_resamples": exact.resamples(),
        "n_distinct": exact.outcomes().count(),
    });
    for (key, level) in [
        ("q005", 0.005),
        ("q01", 0.01),
        ("q025", 0.025),
        ("q05", 0.05),
        ("q10", 0.1),
        ("q25", 0.25),
        ("q50", 0.5),
        ("median", 0.5),
        ("q75", 0.75),
        ("q90", 0.9),
        ("q95", 0.95),
        ("q975", 0.975),
        ("q99", 0.99),
        ("q995", 0.995),
    ] {
        let level = Fraction::new(level).map_err(because)?;
        answer[key] = json!(exact.quantile(level, method(inputs)?).map_err(because)?);
    }
    Ok(answer)
}

fn bootstrap_interval(inputs: &Inputs<'_>) -> Answer {
    let interval = match inputs.text("method")?.to_ascii_lowercase().as_str() {
        "percentile" => BootstrapInterval::Percentile,
        "basic" => BootstrapInterval::Basic,
        "bca" => BootstrapInterval::Bca,
        other => return Err(format!("the method {other} is not known")),
    };
    let alpha = Alpha::new(1.0 - inputs.number_or("confidence_level", 0.95)?).map_err(because)?;
    let resamples = NonZeroU32::new(400_000).unwrap_or(NonZeroU32::MIN);
    let options = BootstrapOptions {
        alpha,
        alternative: alternative(inputs)?,
        interval,
        resampling: Resampling { resamples, ..Resampling::default() },
    };
    let two = || Ok::<_, String>(compare_means(&sample(inputs, "y")?, &sample(inputs, "x")?, &options));
    let found: BootstrapEstimate = match inputs.text("statistic")? {
        "mean" => mean(&sample(inputs, "x")?, &options),
        "median" => {
            let half = Fraction::new(0.5).map_err(because)?;
            quantile(&sample(inputs, "x")?, half, QuantileMethod::Linear, &options)
        }
        "difference" => two()?.difference,
        "lift" => two()?.lift,
        "ratio" => {
            let rows = inputs.value("rows").as_array().ok_or("rows is not a list")?;
            let rows: Result<Vec<[f64; 2]>, String> = rows
                .iter()
                .map(|row| numbers(row)?.try_into().map_err(|_| "a row is not a pair".to_owned()))
                .collect();
            ratio(&RatioSample::from_rows(&rows?).map_err(because)?, &options)
        }
        other => return Err(format!("the statistic {other} is not known")),
    };
    Ok(json!({
        "interval": ends(found.interval.map_err(because)?),
        "se": found.standard_error.map_err(because)?,
    }))
}

fn sample(inputs: &Inputs<'_>, name: &str) -> Result<Sample, String> {
    Sample::from_values(&inputs.numbers(name)?).map_err(because)
}

fn alternative(inputs: &Inputs<'_>) -> Result<Alternative, String> {
    match inputs.value("alternative") {
        Value::Null => Ok(Alternative::TwoSided),
        text => match text.as_str().unwrap_or_default() {
            "two-sided" | "two_sided" => Ok(Alternative::TwoSided),
            "greater" | "larger" => Ok(Alternative::Greater),
            "less" | "smaller" => Ok(Alternative::Less),
            _ => Err(format!("the alternative {text} is not known")),
        },
    }
}

/// The method by numpy's names; linear where none is given.
fn method(inputs: &Inputs<'_>) -> Result<QuantileMethod, String> {
    match ["interp", "interpolation", "quantile_method"]
        .into_iter()
        .find_map(|key| inputs.value(key).as_str())
    {
        None => Ok(QuantileMethod::default()),
        Some("nearest_rank" | "nearest-rank") => Ok(QuantileMethod::InvertedCdf),
        Some(name) => serde_json::from_value(json!(name)).map_err(because),
    }
}
