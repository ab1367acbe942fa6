//! Covariates, strata and clusters.

use std::{collections::BTreeMap, num::NonZeroU64};

use edgewise_stats::{
    Alternative, Comparison, JointMoments, Moments, Quantity, Stratum,
    compare::lift::LiftMethod,
    distribution::{
        normal,
        students_t::{self, DegreesOfFreedom},
    },
    sharpen::{
        Adjustment, Cluster, ClusterErrors, ClusterOptions, ClusterRowErrors, ClusterRowOptions,
        CupedOptions, Errors, LiftBase, LiftGradient, Model, PostStratification, RegressionOptions,
        RobustErrors, RowOptions, SlopeError, Slopes, StrataDegrees, balance, compare_cluster_rows,
        compare_clusters, compare_crossed_clusters, cuped, post_stratify, post_stratify_cuped, ratio_cuped,
        regress, regress_rows,
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
        "cuped" => gbstats(inputs, cuped_arms(inputs), false),
        "ratio_cuped" => gbstats(inputs, ratio_arms(inputs, true), true),
        "clustered_se" => clustered(inputs),
        "post_stratification" => post_stratification(inputs),
        "regression_adjustment" => regression(inputs),
        "cuped_within_arms" => within_arms(inputs),
        "covariate_balance" => covariate_balance(inputs),
        "post_stratification_rows" => strata_rows(inputs),
        "cuped_theta_pooled" => slope(inputs, Slopes::AllUnits),
        "cuped_theta_within_arm" => slope(inputs, Slopes::WithinArms),
        "mean_test_log_relative_ci" => log_relative(inputs, cuped_arms(inputs), false),
        "ratio_delta_log_relative_ci" => {
            log_relative(inputs, ratio_arms(inputs, has_covariate(inputs)), true)
        }
        _ => return None,
    })
}

type Arms = Result<[JointMoments; 2], String>;

/// The rows of both arms: the columns `first`, and those of the covariates.
fn rows(inputs: &Inputs<'_>, columns: &[&str]) -> Result<[Vec<Vec<f64>>; 2], String> {
    let data = inputs.data().or_else(|why| {
        // The arms may be given without the word "data".
        if inputs.value("control").is_object() { Ok(inputs.all()) } else { Err(why) }
    })?;
    let arm = |name: &str| -> Result<Vec<Vec<f64>>, String> {
        let mut lists = Vec::new();
        for column in columns {
            let given = &data[name][*column];
            match given.as_array().and_then(|list| list.first()) {
                // Several covariates: a list of lists.
                Some(Value::Array(_)) => {
                    for list in given.as_array().into_iter().flatten() {
                        lists.push(numbers(list)?);
                    }
                }
                _ => lists.push(numbers(given).map_err(|why| format!("{name}.{column}: {why}"))?),
            }
        }
        let units = lists.first().map_or(0, Vec::len);
        if lists.iter().any(|list| list.len() != units) {
            return Err(format!("the lists of {name} differ in length"));
        }
        Ok((0..units).map(|unit| lists.iter().map(|list| list[unit]).collect()).collect())
    };
    Ok([arm("control")?, arm("treatment")?])
}

fn arms(rows: [Vec<Vec<f64>>; 2]) -> Arms {
    let width = rows.iter().flatten().map(Vec::len).next().unwrap_or(0);
    let [control, treatment] = rows.map(|rows| JointMoments::from_rows(width, rows).map_err(because));
    Ok([control?, treatment?])
}

fn cuped_arms(inputs: &Inputs<'_>) -> Arms {
    arms(rows(inputs, &["y", "x"])?)
}

fn ratio_arms(inputs: &Inputs<'_>, covariate: bool) -> Arms {
    arms(rows(inputs, if covariate { &["m", "d", "m_pre", "d_pre"] } else { &["m", "d"] })?)
}

/// Where the data have one, tea-tasting's ratios have a covariate unless the case says otherwise, or is called plain.
fn has_covariate(inputs: &Inputs<'_>) -> bool {
    let measured = inputs.data().is_ok_and(|data| !data["control"]["m_pre"].is_null());
    measured && inputs.value("cuped").as_bool().unwrap_or_else(|| !inputs.id().contains("plain"))
}

fn alternative(inputs: &Inputs<'_>) -> Result<Alternative, String> {
    match inputs.value("alternative").as_str() {
        None | Some("two-sided" | "two_sided") => Ok(Alternative::TwoSided),
        Some("greater" | "larger") => Ok(Alternative::Greater),
        Some("less" | "smaller") => Ok(Alternative::Less),
        Some(other) => Err(format!("the alternative {other} is not known")),
    }
}

/// What other packages do: the slopes count as known.
fn options(inputs: &Inputs<'_>, slopes: Slopes) -> Result<CupedOptions, String> {
    Ok(CupedOptions {
        alpha: inputs.alpha()?,
        alternative: alternative(inputs)?,
        slopes,
        slope_error: SlopeError::Ignored,
        ..CupedOptions::default()
    })
}

fn slopes_of(inputs: &Inputs<'_>, otherwise: Slopes) -> Slopes {
    match inputs.value("theta").as_str() {
        Some(text) if text.contains("within") => Slopes::WithinArms,
        Some(text) if text.contains("over both") => Slopes::AllUnits,
        _ => otherwise,
    }
}

fn slope(inputs: &Inputs<'_>, slopes: Slopes) -> Answer {
    let [control, treatment] = cuped_arms(inputs)?;
    let result = cuped(&control, &treatment, &options(inputs, slopes)?);
    let [slopes, _] = result.slopes.map_err(because)?;
    Ok(if let [only] = slopes[..] { json!(only) } else { json!(slopes) })
}

fn gbstats(inputs: &Inputs<'_>, arms: Arms, ratio: bool) -> Answer {
    let [control, treatment] = arms?;
    let options = CupedOptions {
        lift: LiftMethod::Delta,
        lift_gradient: if ratio { LiftGradient::Adjusted } else { LiftGradient::Unadjusted },
        ..options(inputs, slopes_of(inputs, if ratio { Slopes::EqualArms } else { Slopes::AllUnits }))?
    };
    let adjust = if ratio { ratio_cuped } else { cuped };
    let Adjustment { slopes, adjusted, .. } = adjust(&control, &treatment, &options);
    let mut answer = effect(inputs, &adjusted)?;
    answer["theta"] = json!(slopes.map_err(because)?[0][0]);
    Ok(answer)
}

/// gbstats: the p value of a relative effect is that of its own standard error.
fn effect(inputs: &Inputs<'_>, comparison: &Comparison) -> Answer {
    let relative = inputs.value("difference").as_str().is_some_and(|text| text == "relative");
    let Quantity { estimate, standard_error, interval } =
        if relative { comparison.lift } else { comparison.difference };
    let (estimate, error) = (estimate.map_err(because)?, standard_error.map_err(because)?);
    let test = comparison.test.map_err(because)?;
    let df = test.df.and_then(DegreesOfFreedom::new).ok_or("no df")?;
    let p = match test.alternative {
        Alternative::TwoSided => students_t::two_sided_p(estimate / error, df),
        Alternative::Greater => students_t::sf(estimate / error, df),
        Alternative::Less => students_t::sf(-estimate / error, df),
    };
    Ok(json!({
        "effect": estimate,
        "se": error,
        "p": p,
        "df": test.df,
        "ci": ends(interval.map_err(because)?),
    }))
}

/// tea-tasting: everything about the adjusted means.
fn log_relative(inputs: &Inputs<'_>, arms: Arms, ratio: bool) -> Answer {
    let [control, treatment] = arms?;
    let options = CupedOptions {
        lift: LiftMethod::Log,
        lift_base: LiftBase::AdjustedControl,
        ..options(inputs, Slopes::AllUnits)?
    };
    let adjust = if ratio { ratio_cuped } else { cuped };
    let Adjustment { adjusted, .. } = adjust(&control, &treatment, &options);
    let test = adjusted.test.map_err(because)?;
    let difference = ends(adjusted.difference.interval.map_err(because)?);
    let lift = ends(adjusted.lift.interval.map_err(because)?);
    Ok(json!({
        "control": adjusted.control.estimate.map_err(because)?,
        "treatment": adjusted.treatment.estimate.map_err(because)?,
        "effect_size": adjusted.difference.estimate.map_err(because)?,
        "effect_size_ci_lower": difference[0],
        "effect_size_ci_upper": difference[1],
        "rel_effect_size": adjusted.lift.estimate.map_err(because)?,
        // Without a lower end the ratio of the means goes down to 0 here, and to minus infinity there.
        "rel_effect_size_ci_lower": lift[0],
        "rel_effect_size_ci_upper": lift[1],
        "pvalue": test.p,
        "statistic": test.statistic,
    }))
}

/// statsmodels' OLS. Its robust p values and intervals are normal ones.
fn regression(inputs: &Inputs<'_>) -> Answer {
    let model = match inputs.text("model")? {
        "lin2013" | "lin" | "interacted" => Model::Interacted,
        "ancova" => Model::Ancova,
        other => return Err(format!("the model {other} is not known")),
    };
    let robust = match inputs.text("cov")? {
        "nonrobust" | "classical" => None,
        "HC0" => Some(RobustErrors::Hc0),
        "HC1" => Some(RobustErrors::Hc1),
        "HC2" => Some(RobustErrors::Hc2),
        "HC3" => Some(RobustErrors::Hc3),
        other => return Err(format!("the covariance {other} is not known")),
    };
    let rows = rows(inputs, &["y", "x"])?;
    let (alpha, alternative) = (inputs.alpha()?, alternative(inputs)?);
    let adjusted = if let Some(errors) = robust {
        let options = RowOptions { alpha, alternative, model, errors, ..RowOptions::default() };
        regress_rows(&rows[0], &rows[1], &options).map_err(because)?.adjusted
    } else {
        let [control, treatment] = arms(rows)?;
        let errors = Errors::Classical;
        let options = RegressionOptions { alpha, alternative, model, errors, ..RegressionOptions::default() };
        regress(&control, &treatment, &options).adjusted
    };
    let effect = adjusted.difference.estimate.map_err(because)?;
    let error = adjusted.difference.standard_error.map_err(because)?;
    let test = adjusted.test.map_err(because)?;
    let (p, interval) = if robust.is_some() {
        let half_width = normal::isf(alpha.get() / 2.0).ok_or("alpha is no level")? * error;
        (2.0 * normal::sf((effect / error).abs()), json!([effect - half_width, effect + half_width]))
    } else {
        (test.p, ends(adjusted.difference.interval.map_err(because)?))
    };
    Ok(json!({
        "effect": effect,
        "se": error,
        "t": test.statistic,
        "df": test.df,
        "p": p,
        "pvalue": p,
        "ci": interval,
    }))
}

/// statsmodels' OLS with clusters. A cluster may have units of both arms.
fn clustered(inputs: &Inputs<'_>) -> Answer {
    let (labels, treated, values) = (inputs.value("cluster"), inputs.numbers("treat")?, inputs.numbers("y")?);
    let labels = labels.as_array().ok_or("cluster is not a list")?;
    if labels.len() != values.len() || treated.len() != values.len() {
        return Err("the lists differ in length".to_owned());
    }
    // Sum and units of the control, then of the treatment, by cluster.
    let mut totals: BTreeMap<String, [f64; 4]> = BTreeMap::new();
    for ((label, treated), value) in labels.iter().zip(treated).zip(values) {
        let total = totals.entry(label.to_string()).or_default();
        let arm = if treated == 0.0 { 0 } else { 2 };
        total[arm] += value;
        total[arm + 1] += 1.0;
    }
    let (alpha, alternative, lift) = (inputs.alpha()?, alternative(inputs)?, LiftMethod::Delta);
    let comparison = match inputs.text("type")? {
        kind @ ("CR2" | "CR3") => {
            let errors = if kind == "CR2" { ClusterRowErrors::Cr2 } else { ClusterRowErrors::Cr3 };
            let arm = |place: usize| -> Result<Vec<Cluster>, String> {
                totals
                    .values()
                    .filter(|total| total[place + 1] > 0.0)
                    .map(|total| {
                        let units = count(&json!(total[place + 1]))?;
                        let units = NonZeroU64::new(units).ok_or("a cluster without units")?;
                        Cluster::new(total[place], units).map_err(because)
                    })
                    .collect()
            };
            let options = ClusterRowOptions { alpha, alternative, errors, lift };
            compare_cluster_rows(&arm(0)?, &arm(2)?, &options)
        }
        kind => {
            let errors = match kind {
                "CR0" => ClusterErrors::Cr0,
                "CR1" => ClusterErrors::Cr1,
                "CR1_stata" | "CR1S" => ClusterErrors::Cr1Stata,
                other => return Err(format!("the type {other} is not known")),
            };
            let options = ClusterOptions { alpha, alternative, errors, lift };
            if totals.values().any(|total| total[1] > 0.0 && total[3] > 0.0) {
                let all = JointMoments::from_rows(4, totals.values()).map_err(because)?;
                compare_crossed_clusters(&all, &options)
            } else {
                let arm = |place: usize| {
                    let own = totals.values().filter(|total| total[place + 1] > 0.0);
                    JointMoments::from_rows(2, own.map(|total| [total[place], total[place + 1]]))
                        .map_err(because)
                };
                compare_clusters(&arm(0)?, &arm(2)?, &options)
            }
        }
    };
    let test = comparison.test.map_err(because)?;
    Ok(json!({
        "effect": comparison.difference.estimate.map_err(because)?,
        "se": comparison.difference.standard_error.map_err(because)?,
        "t": test.statistic,
        "df": test.df,
        "p": test.p,
        "ci": ends(comparison.difference.interval.map_err(because)?),
    }))
}

fn post_stratification(inputs: &Inputs<'_>) -> Answer {
    let mut strata = Vec::new();
    for pair in inputs.value("strata").as_array().ok_or("strata is not a list")? {
        strata.push(Stratum { control: arm(&pair[0])?, treatment: arm(&pair[1])? });
    }
    let options = PostStratification {
        alpha: inputs.alpha()?,
        alternative: alternative(inputs)?,
        degrees: StrataDegrees::WithoutStrata,
        lift: LiftMethod::Delta,
        ..PostStratification::default()
    };
    effect(inputs, &post_stratify(&strata, &options))
}

/// An arm given by n and sums, with up to six decimal places; without a sum of squares it is a rate, whose variance gbstats
/// takes to be p(1 − p).
fn arm(given: &Value) -> Result<Moments, String> {
    let n = count(&given["n"])?;
    let sum = number(&given["sum"])?;
    if given["sum_squares"].is_null() {
        #[allow(clippy::cast_precision_loss, reason = "counts of cases are small")]
        let rate = sum / n as f64;
        return Moments::from_mean_and_deviation(n, rate, (rate * (1.0 - rate)).sqrt()).map_err(because);
    }
    let squares = number(&given["sum_squares"])?;
    for scale in 0..=6_u32 {
        let unit = 10_f64.powi(i32::try_from(scale).map_err(because)?);
        #[allow(clippy::cast_possible_truncation, reason = "checked to be the nearest whole number")]
        let whole = |number: f64| {
            let whole = number.round();
            ((number - whole).abs() <= 1e-15 * number.abs()).then_some(whole as i128)
        };
        if let (Some(sum), Some(squares)) = (whole(sum * unit), whole(squares * unit * unit)) {
            return Moments::from_scaled_sums(n, sum, squares, scale).map_err(because);
        }
    }
    Err(format!("the sums {given} have more than six decimal places"))
}

/// This crate's own conventions.
fn within_arms(inputs: &Inputs<'_>) -> Answer {
    let [control, treatment] = cuped_arms(inputs)?;
    let with =
        |lift: LiftMethod| cuped(&control, &treatment, &CupedOptions { lift, ..CupedOptions::default() });
    let (delta, result) = (with(LiftMethod::Delta), with(LiftMethod::Fieller));
    let adjusted = result.adjusted;
    let test = adjusted.test.map_err(because)?;
    Ok(json!({
        "theta": result.slopes.map_err(because)?[0],
        "effect": adjusted.difference.estimate.map_err(because)?,
        "se": adjusted.difference.standard_error.map_err(because)?,
        "df": test.df,
        "p": test.p,
        "ci": ends(adjusted.difference.interval.map_err(because)?),
        "lift": adjusted.lift.estimate.map_err(because)?,
        "lift_se": adjusted.lift.standard_error.map_err(because)?,
        "lift_fieller": ends(adjusted.lift.interval.map_err(because)?),
        "lift_delta": ends(delta.adjusted.lift.interval.map_err(because)?),
    }))
}

fn covariate_balance(inputs: &Inputs<'_>) -> Answer {
    let [control, treatment] = cuped_arms(inputs)?;
    let result = balance(&control, &treatment).map_err(because)?;
    let joint = result.joint.map_err(because)?;
    let single: Result<Vec<f64>, _> =
        result.covariates.iter().map(|covariate| covariate.test.map(|test| test.p)).collect();
    Ok(json!({ "statistic": joint.statistic, "p": joint.p, "single": single.map_err(because)? }))
}

fn strata_rows(inputs: &Inputs<'_>) -> Answer {
    let mut strata = Vec::new();
    for pair in inputs.value("strata").as_array().ok_or("strata is not a list")? {
        let arm = |given: &Value| {
            let rows: Vec<[f64; 2]> =
                numbers(&given["y"])?.into_iter().zip(numbers(&given["x"])?).map(<[f64; 2]>::from).collect();
            JointMoments::from_rows(2, rows).map_err(because)
        };
        strata.push(Stratum { control: arm(&pair[0])?, treatment: arm(&pair[1])? });
    }
    let result = post_stratify_cuped(&strata, &PostStratification::default());
    let cuped = inputs.value("cuped").as_bool().unwrap_or(true);
    effect(inputs, if cuped { &result.adjusted } else { &result.unadjusted })
}
