//! Means, ratios, ranks and quantiles of two variants.

use edgewise_stats::{
    Comparison, Moments,
    compare::{
        MeanOptions, Variance, compare_means,
        lift::{self, LiftMethod, MeanWithError},
    },
    distribution::{
        normal,
        students_t::{self, DegreesOfFreedom},
    },
};
use serde_json::{Value, json};

use super::{
    Answer, Inputs,
    inputs::{because, count, ends, number, numbers},
};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "mean_sd" => mean_sd(inputs),
        "welch_t" => two_samples(inputs, Variance::Separate),
        "student_t_pooled" => two_samples(inputs, Variance::Pooled),
        "welch_t_from_stats" => from_stats(inputs),
        "welch_from_sums" => from_sums(inputs),
        "mean_test_log_relative_ci" if !inputs.value("cuped").as_bool().unwrap_or(false) => {
            log_relative(inputs)
        }
        "relative_lift_ci" => lift_intervals(inputs),
        _ => return None,
    })
}

fn mean_sd(inputs: &Inputs<'_>) -> Answer {
    let moments = if inputs.has("generator") {
        Moments::from_values(nist(inputs.text("generator")?, inputs.count("n")?)?).map_err(because)?
    } else {
        inputs.moments("data")?
    };
    Ok(json!({
        "mean": moments.mean().map_err(because)?,
        "sd": moments.standard_deviation().map_err(because)?,
    }))
}

/// NIST's numerical accuracy data are described, not listed: "1.2, then 500 x (1.1,1.3)".
fn nist(description: &str, n: u64) -> Result<Vec<f64>, String> {
    let parts = || {
        let (first, rest) = description.split_once(", then ")?;
        let (times, pair) = rest.split_once(" x (")?;
        let (one, other) = pair.strip_suffix(')')?.split_once(',')?;
        let number = |text: &str| text.parse::<f64>().ok();
        Some((number(first)?, times.parse::<usize>().ok()?, number(one)?, number(other)?))
    };
    let (first, times, one, other) = parts().ok_or_else(|| format!("{description} is no generator"))?;
    let values: Vec<f64> = [first].into_iter().chain([one, other].repeat(times)).collect();
    if values.len() as u64 == n { Ok(values) } else { Err(format!("{description} does not have {n} values")) }
}

fn two_samples(inputs: &Inputs<'_>, variance: Variance) -> Answer {
    let options = MeanOptions { variance, alpha: inputs.alpha()?, ..MeanOptions::default() };
    t_test(&compare_means(&inputs.moments("y")?, &inputs.moments("x")?, &options))
}

fn from_stats(inputs: &Inputs<'_>) -> Answer {
    let arm = |i: u8| {
        let of = |name: &str| inputs.number(&format!("{name}{i}"));
        let n = inputs.count(&format!("n{i}"))?;
        Moments::from_mean_and_deviation(n, of("mean")?, of("sd")?).map_err(because)
    };
    t_test(&compare_means(&arm(2)?, &arm(1)?, &MeanOptions::default()))
}

fn t_test(comparison: &Comparison) -> Answer {
    let test = comparison.test.map_err(because)?;
    Ok(json!({
        "t": test.statistic,
        "df": test.df,
        "p": test.p,
        "ln_p": test.ln_p,
        "ci": ends(comparison.difference.interval.map_err(because)?),
    }))
}

/// gbstats: the effect's p value is that of its own standard error, on the degrees of freedom of the difference.
fn from_sums(inputs: &Inputs<'_>) -> Answer {
    let options = MeanOptions { alpha: inputs.alpha()?, lift: LiftMethod::Delta, ..MeanOptions::default() };
    let comparison =
        compare_means(&sums(inputs.value("control"))?, &sums(inputs.value("treatment"))?, &options);
    let effect =
        if inputs.text("difference")? == "relative" { comparison.lift } else { comparison.difference };
    let (estimate, error) = (effect.estimate.map_err(because)?, effect.standard_error.map_err(because)?);
    let df = comparison.test.map_err(because)?.df.and_then(DegreesOfFreedom::new).ok_or("no df")?;
    Ok(json!({
        "effect": estimate,
        "se": error,
        "p": students_t::two_sided_p(estimate / error, df),
        "ci": ends(effect.interval.map_err(because)?),
    }))
}

/// An arm given by n, sum and sum of squares; the sums of these cases are whole.
pub(super) fn sums(arm: &Value) -> Result<Moments, String> {
    let whole = |key: &str| {
        let value = number(&arm[key])?;
        #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        let whole = (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i128);
        whole.ok_or_else(|| format!("{key} is not whole"))
    };
    Moments::from_scaled_sums(count(&arm["n"])?, whole("sum")?, whole("sum_squares")?, 0).map_err(because)
}

fn log_relative(inputs: &Inputs<'_>) -> Answer {
    let of = |arm: &str| {
        let values = if inputs.has(arm) { inputs.numbers(arm)? } else { numbers(&inputs.data()?[arm]["y"])? };
        Moments::from_values(values).map_err(because)
    };
    let options = MeanOptions { lift: LiftMethod::Log, ..MeanOptions::default() };
    let comparison = compare_means(&of("control")?, &of("treatment")?, &options);
    let test = comparison.test.map_err(because)?;
    let difference = comparison.difference.interval.map_err(because)?;
    let lift = comparison.lift.interval.map_err(because)?;
    Ok(json!({
        "control": comparison.control.estimate.map_err(because)?,
        "treatment": comparison.treatment.estimate.map_err(because)?,
        "effect_size": comparison.difference.estimate.map_err(because)?,
        "effect_size_ci_lower": difference.lower(),
        "effect_size_ci_upper": difference.upper(),
        "rel_effect_size": comparison.lift.estimate.map_err(because)?,
        "rel_effect_size_ci_lower": lift.lower(),
        "rel_effect_size_ci_upper": lift.upper(),
        "pvalue": test.p,
        "statistic": test.statistic,
    }))
}

fn lift_intervals(inputs: &Inputs<'_>) -> Answer {
    let of = |mean: &str, error: &str| {
        MeanWithError::new(inputs.number(mean)?, inputs.number(error)?).map_err(because)
    };
    let (control, treatment) = (of("mean_c", "se_c")?, of("mean_t", "se_t")?);
    let critical = normal::isf(inputs.number("alpha")? / 2.0).ok_or("alpha is no level")?;
    Ok(json!({
        "fieller": ends(lift::fieller(control, treatment, critical).map_err(because)?),
        "delta": ends(lift::delta(control, treatment, critical).map_err(because)?),
        "log": ends(lift::log(control, treatment, critical).map_err(because)?),
    }))
}
