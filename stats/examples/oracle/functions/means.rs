//! Means, ratios, ranks and quantiles of two variants.

use edgewise_stats::{
    Alternative, Comparison, Fraction, JointMoments, Moments, QuantileMethod, Quantity, Sample,
    compare::{
        EffectSizeInterval, EffectSizeOptions, MeanOptions, QuantileLimits, QuantileOptions, RankMethod,
        RankOptions, Reference, Variance, compare_means, compare_quantile_summaries, compare_ranks,
        compare_ratios, effect_sizes, hedges_correction,
        lift::{self, LiftMethod, MeanWithError},
        quantile_ranks,
    },
    distribution::{
        normal,
        students_t::{self, DegreesOfFreedom},
    },
};
use serde_json::{Map, Value, json};

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
        "welch_from_sums" | "welch_one_sided" => from_sums(inputs),
        "mean_test_log_relative_ci" if !inputs.value("cuped").as_bool().unwrap_or(false) => {
            log_relative(inputs)
        }
        "relative_lift_ci" => lift_intervals(inputs),
        "ratio_delta" => ratio_delta(inputs),
        "mann_whitney" => mann_whitney(inputs),
        "brunner_munzel" => brunner_munzel(inputs),
        "hodges_lehmann" => hodges_lehmann(inputs),
        "effect_sizes" | "cohens_d" | "hedges_g" | "glass_delta" => standardised(inputs),
        "hedges_correction" => {
            inputs.count("df").and_then(|df| hedges_correction(df).map_err(because)).map(Value::from)
        }
        "sample_quantile" => sample_quantile(inputs),
        "quantile_ci_order_statistic_ranks" => ranks(inputs),
        "quantile_ci" => quantile_ci(inputs),
        "quantile_clustered_variance" => clustered_variance(inputs),
        _ => return None,
    })
}

/// How packages call the alternatives; the first sample is the treatment.
fn alternative(inputs: &Inputs<'_>) -> Result<Alternative, String> {
    if !inputs.has("alternative") {
        return Ok(Alternative::TwoSided);
    }
    match inputs.text("alternative")? {
        "two-sided" | "two_sided" | "two.sided" => Ok(Alternative::TwoSided),
        "greater" | "larger" => Ok(Alternative::Greater),
        "less" | "smaller" | "lesser" => Ok(Alternative::Less),
        other => Err(format!("the alternative {other} is not known")),
    }
}

/// The options that packages give a comparison of means, in their words.
fn mean_options(inputs: &Inputs<'_>, variance: Variance) -> Result<MeanOptions, String> {
    let flag = |name: &str, otherwise: bool| inputs.value(name).as_bool().unwrap_or(otherwise);
    Ok(MeanOptions {
        alpha: inputs.alpha()?,
        alternative: alternative(inputs)?,
        variance: match inputs.value("equal_var").as_bool() {
            Some(true) => Variance::Pooled,
            Some(false) => Variance::Separate,
            None => variance,
        },
        reference: if flag("use_t", true) { Reference::StudentsT } else { Reference::Normal },
        ..MeanOptions::default()
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
    let options = mean_options(inputs, variance)?;
    t_test(&compare_means(&inputs.moments("y")?, &inputs.moments("x")?, &options))
}

fn from_stats(inputs: &Inputs<'_>) -> Answer {
    let arm = |i: u8| {
        let of = |name: &str| inputs.number(&format!("{name}{i}"));
        let n = inputs.count(&format!("n{i}"))?;
        Moments::from_mean_and_deviation(n, of("mean")?, of("sd")?).map_err(because)
    };
    t_test(&compare_means(&arm(2)?, &arm(1)?, &mean_options(inputs, Variance::Separate)?))
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

fn from_sums(inputs: &Inputs<'_>) -> Answer {
    let options = MeanOptions { lift: LiftMethod::Delta, ..mean_options(inputs, Variance::Separate)? };
    let comparison =
        compare_means(&sums(inputs.value("control"))?, &sums(inputs.value("treatment"))?, &options);
    effect(&comparison, inputs)
}

/// gbstats: the effect's p value is that of its own standard error, on the degrees of freedom of the difference.
fn effect(comparison: &Comparison, inputs: &Inputs<'_>) -> Answer {
    let relative = inputs.has("difference") && inputs.text("difference")? == "relative";
    let effect = if relative { comparison.lift } else { comparison.difference };
    let (estimate, error) = (effect.estimate.map_err(because)?, effect.standard_error.map_err(because)?);
    let test = comparison.test.map_err(because)?;
    let p = match test.df.and_then(DegreesOfFreedom::new) {
        _ if !relative => test.p,
        Some(df) => match test.alternative {
            Alternative::TwoSided => students_t::two_sided_p(estimate / error, df),
            Alternative::Greater => students_t::sf(estimate / error, df),
            Alternative::Less => students_t::sf(-estimate / error, df),
        },
        None => return Err("no df".to_owned()),
    };
    Ok(json!({
        "effect": estimate,
        "se": error,
        "p": p,
        "ci": ends(effect.interval.map_err(because)?),
    }))
}

/// An arm given by n, sum and sum of squares, as the decimal numbers that they are.
pub(super) fn sums(arm: &Value) -> Result<Moments, String> {
    let decimal = |key: &str| Ok::<String, String>(number(&arm[key])?.to_string());
    let (sum, squares) = (decimal("sum")?, decimal("sum_squares")?);
    let places = |text: &str| text.split_once('.').map_or(0, |(_, places)| places.len());
    let scale = places(&sum).max(places(&squares).div_ceil(2));
    let unscaled = |text: &str, scale: usize| {
        let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{rest:0<scale$}");
        digits.parse::<i128>().map_err(|error| format!("{text} with {scale} places: {error}"))
    };
    let scale_of_squares = u32::try_from(scale).map_err(because)?;
    Moments::from_scaled_sums(
        count(&arm["n"])?,
        unscaled(&sum, scale)?,
        unscaled(&squares, 2 * scale)?,
        scale_of_squares,
    )
    .map_err(because)
}

fn log_relative(inputs: &Inputs<'_>) -> Answer {
    let of = |arm: &str| {
        let values = if inputs.has(arm) { inputs.numbers(arm)? } else { numbers(&inputs.data()?[arm]["y"])? };
        Moments::from_values(values).map_err(because)
    };
    let options = MeanOptions { lift: LiftMethod::Log, ..mean_options(inputs, Variance::Separate)? };
    let comparison = compare_means(&of("control")?, &of("treatment")?, &options);
    let test = comparison.test.map_err(because)?;
    let difference = comparison.difference.interval.map_err(because)?;
    let lift = comparison.lift.interval.map_err(because)?;
    Ok(json!({
        "control": comparison.control.estimate.map_err(because)?,
        "treatment": comparison.treatment.estimate.map_err(because)?,
        "effect_size": comparison.difference.estimate.map_err(because)?,
        "effect_size_ci_lower": ends(difference)[0],
        "effect_size_ci_upper": ends(difference)[1],
        "rel_effect_size": comparison.lift.estimate.map_err(because)?,
        "rel_effect_size_ci_lower": ends(lift)[0],
        "rel_effect_size_ci_upper": ends(lift)[1],
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

/// Numerators and denominators of the units, by the names that data files give them.
fn ratio_delta(inputs: &Inputs<'_>) -> Answer {
    let data = inputs.data()?;
    let of = |arm: &str| {
        let list = |names: [&str; 2]| {
            let name = names.into_iter().find(|name| !data[arm][*name].is_null());
            numbers(&data[arm][name.ok_or_else(|| format!("{arm} has no {}", names[0]))?])
        };
        let (numerators, denominators) = (list(["m", "numerator"])?, list(["d", "denominator"])?);
        let rows = numerators.iter().zip(&denominators).map(|(m, d)| [*m, *d]);
        JointMoments::from_rows(2, rows).map_err(because)
    };
    let options = MeanOptions { lift: LiftMethod::Delta, ..mean_options(inputs, Variance::Separate)? };
    effect(&compare_ratios(&of("control")?, &of("treatment")?, 0, 1, &options), inputs)
}

/// The sample x or y, listed or counted.
fn sample(inputs: &Inputs<'_>, name: &str) -> Result<Sample, String> {
    if inputs.has(name) {
        return Sample::from_values(inputs.numbers(name)?).map_err(because);
    }
    let name = format!("{name}_counts");
    let counts = inputs.value(&name).as_object().ok_or_else(|| format!("{name} is no object"))?;
    let pairs: Result<Vec<(f64, u64)>, String> =
        counts.iter().map(|(value, n)| Ok((value.parse().map_err(because)?, count(n)?))).collect();
    Sample::from_counts(pairs?).map_err(because)
}

/// scipy's x is the treatment. An exact p value is there where it can be computed.
fn mann_whitney(inputs: &Inputs<'_>) -> Answer {
    let (control, treatment) = (sample(inputs, "y")?, sample(inputs, "x")?);
    let mut answer = Map::new();
    for (alternative, name) in
        [(Alternative::TwoSided, "two-sided"), (Alternative::Greater, "greater"), (Alternative::Less, "less")]
    {
        for (method, suffix) in
            [(RankMethod::Corrected, "cc"), (RankMethod::Uncorrected, "nocc"), (RankMethod::Exact, "exact")]
        {
            let options = RankOptions { alternative, method, alpha: inputs.alpha()? };
            let comparison = compare_ranks(&control, &treatment, &options);
            answer.insert("U1".to_owned(), json!(comparison.u.map_err(because)?));
            let correlation = comparison.rank_biserial.estimate.map_err(because)?;
            answer.insert("rank_biserial".to_owned(), json!(correlation));
            if let Ok(test) = comparison.test {
                let key = match method {
                    RankMethod::Exact => format!("exact_{}", name.replace('-', "_")),
                    _ => format!("{name}_{suffix}"),
                };
                answer.insert(key, json!(test.p));
            }
        }
    }
    Ok(answer.into())
}

/// scipy's statistic is positive where y, here the treatment, is the larger one.
fn brunner_munzel(inputs: &Inputs<'_>) -> Answer {
    let options = RankOptions {
        // Its alternative "greater" is about x.
        alternative: match alternative(inputs)? {
            Alternative::TwoSided => Alternative::TwoSided,
            Alternative::Greater => Alternative::Less,
            Alternative::Less => Alternative::Greater,
        },
        ..RankOptions::default()
    };
    let comparison = compare_ranks(&sample(inputs, "x")?, &sample(inputs, "y")?, &options);
    let test = comparison.brunner_munzel.map_err(because)?;
    Ok(json!({ "statistic": test.statistic, "p": test.p, "df": test.df }))
}

/// R's wilcox.test(x, y, conf.int = TRUE): x is the treatment.
fn hodges_lehmann(inputs: &Inputs<'_>) -> Answer {
    let method = match inputs.value("exact").as_bool() {
        Some(true) => RankMethod::Exact,
        Some(false) => RankMethod::Corrected,
        None => RankMethod::Auto,
    };
    let options = RankOptions { alpha: inputs.alpha()?, alternative: alternative(inputs)?, method };
    let shift = compare_ranks(&sample(inputs, "y")?, &sample(inputs, "x")?, &options).shift;
    Ok(json!({
        "estimate": shift.estimate.map_err(because)?,
        "ci": ends(shift.interval.map_err(because)?),
    }))
}

/// The first sample is the treatment.
fn standardised(inputs: &Inputs<'_>) -> Answer {
    let interval = match inputs.value("interval").as_str() {
        Some("large_sample") => EffectSizeInterval::LargeSample,
        _ => EffectSizeInterval::NoncentralT,
    };
    let options = EffectSizeOptions { alpha: inputs.alpha()?, alternative: alternative(inputs)?, interval };
    let arm = |name: &str, i: u8| {
        if inputs.has(name) {
            return inputs.moments(name);
        }
        let of = |name: &str| inputs.number(&format!("{name}{i}"));
        Moments::from_mean_and_deviation(inputs.count(&format!("n{i}"))?, of("mean")?, of("sd")?)
            .map_err(because)
    };
    let sizes = effect_sizes(&arm("y", 2)?, &arm("x", 1)?, &options);
    let of = |size: Quantity| -> Answer {
        Ok(json!({
            "estimate": size.estimate.map_err(because)?,
            "se": size.standard_error.map_err(because)?,
            "ci": ends(size.interval.map_err(because)?),
        }))
    };
    Ok(json!({
        "cohens_d": of(sizes.cohens_d)?,
        "hedges_g": of(sizes.hedges_g)?,
        "glass_delta": of(sizes.glass_delta)?,
    }))
}

fn sample_quantile(inputs: &Inputs<'_>) -> Answer {
    let method = match inputs.value("method") {
        Value::Null => QuantileMethod::default(),
        name => serde_json::from_value(name.clone()).map_err(because)?,
    };
    let sample = sample(inputs, "x")?;
    let of = |p: f64| {
        // The extremes are no quantiles of a level, but values.
        let extreme = if p == 0.0 { Some(1) } else { (p - 1.0 == 0.0).then(|| sample.n()) };
        match extreme {
            Some(rank) => sample.order_statistic(rank).ok_or_else(|| "no values".to_owned()),
            None => sample.quantile(Fraction::new(p).map_err(because)?, method).map_err(because),
        }
    };
    if inputs.value("p").is_number() {
        return of(inputs.number("p")?).map(Value::from);
    }
    let quantiles: Result<Vec<f64>, String> = inputs.numbers("p")?.into_iter().map(of).collect();
    Ok(json!(quantiles?))
}

/// The level of a quantile.
fn level(inputs: &Inputs<'_>, name: &str) -> Result<Fraction, String> {
    Fraction::new(inputs.number(name)?).map_err(because)
}

/// A missing lower bound has the rank 0 there, a missing upper one n + 1.
fn ranks(inputs: &Inputs<'_>) -> Answer {
    let n = inputs.count("n")?;
    let ranks = quantile_ranks(n, level(inputs, "p")?, inputs.alpha()?).map_err(because)?;
    Ok(json!({
        "lower_rank": ranks.lower.unwrap_or(0),
        "upper_rank": ranks.upper.unwrap_or(n + 1),
        "coverage": ranks.coverage,
    }))
}

fn quantile_ci(inputs: &Inputs<'_>) -> Answer {
    let arm = |name: &str| {
        let arm = inputs.value(name);
        let n = count(&arm["n"])?;
        let ranked = if arm["n_star"].is_null() { n } else { count(&arm["n_star"])? };
        let limits = (number(&arm["lo"])?, number(&arm["hi"])?);
        let quantile = QuantileLimits::new(n, ranked, number(&arm["q"])?, limits).map_err(because)?;
        let level = Fraction::new(number(&arm["nu"])?).map_err(because)?;
        quantile.moments(level).map_err(because)
    };
    let options = QuantileOptions {
        alpha: inputs.alpha()?,
        alternative: alternative(inputs)?,
        lift: LiftMethod::Delta,
        ..QuantileOptions::default()
    };
    effect(&compare_quantile_summaries(Ok(arm("a")?), Ok(arm("b")?), &options), inputs)
}

/// gbstats: the variance of the estimate, times the number of values.
fn clustered_variance(inputs: &Inputs<'_>) -> Answer {
    let (n, of) = (inputs.count("n")?, |name: &str| inputs.number(name));
    let limits = (of("quantile_lower")?, of("quantile_upper")?);
    let quantile =
        QuantileLimits::new(n, inputs.count("n_star")?, of("quantile_hat")?, limits).map_err(because)?;
    let whole = |name: &str| Ok::<i128, String>(i128::from(inputs.count(name)?));
    let clusters = JointMoments::from_scaled_sums(
        inputs.count("n_clusters")?,
        &[whole("main_sum")?, whole("denominator_sum")?],
        &[
            whole("main_sum_squares")?,
            whole("main_denominator_sum_product")?,
            whole("denominator_sum_squares")?,
        ],
        &[0, 0],
    );
    let moments =
        quantile.clustered_moments(level(inputs, "nu")?, &clusters.map_err(because)?).map_err(because)?;
    #[allow(clippy::cast_precision_loss, reason = "small counts")]
    let (values, units) = (n as f64, moments.n() as f64);
    Ok(json!(moments.variance().map_err(because)? / units * values))
}
