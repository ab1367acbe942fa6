//! Counts, rates and tables.

use edgewise_stats::{
    Comparison,
    compare::{DifferenceMethod, RateLiftMethod, RateOptions, compare_rates, wilson},
};
use serde_json::json;

use super::{
    Answer, Inputs,
    inputs::{because, ends},
};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "two_prop_z_pooled" => two_prop_z_pooled(inputs),
        "two_prop_diff_ci" => two_prop_diff_ci(inputs),
        "risk_ratio_log_ci" => risk_ratio_log_ci(inputs),
        "one_prop_ci" => one_prop_ci(inputs),
        _ => return None,
    })
}

fn two_prop_z_pooled(inputs: &Inputs<'_>) -> Answer {
    let test = two_rates(inputs, &RateOptions::default())?.test.map_err(because)?;
    Ok(json!({ "z": test.statistic, "p": test.p }))
}

fn two_prop_diff_ci(inputs: &Inputs<'_>) -> Answer {
    let difference = match inputs.text("method")? {
        "newcomb" => DifferenceMethod::Newcombe,
        "wald" => DifferenceMethod::Wald,
        other => return Err(format!("the method {other} is not known")),
    };
    let options = RateOptions { difference, alpha: inputs.alpha()?, ..RateOptions::default() };
    Ok(ends(two_rates(inputs, &options)?.difference.interval.map_err(because)?))
}

fn risk_ratio_log_ci(inputs: &Inputs<'_>) -> Answer {
    let options = RateOptions { lift: RateLiftMethod::Log, alpha: inputs.alpha()?, ..RateOptions::default() };
    let interval = two_rates(inputs, &options)?.lift.interval.map_err(because)?;
    Ok(json!([interval.lower() + 1.0, interval.upper() + 1.0]))
}

fn one_prop_ci(inputs: &Inputs<'_>) -> Answer {
    let (proportion, alpha) = (inputs.proportion("x", "n")?, inputs.alpha()?);
    let interval = match inputs.text("method")? {
        "wilson" => wilson(&proportion, alpha),
        other => return Err(format!("the method {other} is not known")),
    };
    Ok(ends(interval.map_err(because)?))
}

/// The cases have the treatment first.
fn two_rates(inputs: &Inputs<'_>, options: &RateOptions) -> Result<Comparison, String> {
    Ok(compare_rates(&inputs.proportion("x2", "n2")?, &inputs.proportion("x1", "n1")?, options))
}
