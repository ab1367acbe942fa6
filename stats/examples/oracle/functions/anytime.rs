//! Always-valid inference: mSPRT, asymptotic confidence sequences, time-uniform bounds.

use std::num::NonZeroU64;

use edgewise_stats::{
    Alpha, Alternative, EstimatedEffect, Moments, Positive, Proportion,
    compare::lift::LiftMethod,
    sequential::anytime::{
        AnytimeOptions, AsymptoticOptions, MixingVariance, MsprtOptions, Tuning, asymptotic,
        bound::{
            self, BetaBinomial, GammaExponential, GammaPoisson, NormalMixture, PolynomialStitching, Sides,
        },
        compare_means_anytime, compare_rates_anytime, half_width, msprt, tuned_rho,
    },
};
use serde_json::json;

use super::{
    Answer, Inputs,
    inputs::{because, count, ends, number},
};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "msprt_normal" | "msprt_normal_one_sided" => msprt_normal(inputs, function),
        "asymp_cs_rho" | "asymp_cs_rho_one_sided" => rho(inputs, function),
        "asymp_cs_halfwidth" | "asymp_cs_halfwidth_one_sided" => asymptotic_half_width(inputs, function),
        "asymp_cs_test" | "asymp_cs_test_one_sided" => test(inputs, function),
        "asymp_cs_estimate" | "asymp_cs_estimate_one_sided" => estimate(inputs, function),
        "normal_mixture_best_rho" | "normal_mixture_best_rho_one_sided" => {
            best_rho(inputs, sides(inputs, function))
        }
        _ => return mixture(function, inputs),
    })
}

/// confseq's mixtures, by name with "bound" or "log_mixture", and with "one_sided" or "two_sided" where both exist.
fn mixture(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    let is_bound = function.contains("bound");
    let is_log = function.contains("log_mixture") || function.contains("log_supermg");
    if function.starts_with("bernoulli_confidence") {
        return Some(bernoulli(inputs));
    }
    if function.starts_with("poly_stitching") || function.starts_with("polynomial_stitching") {
        return Some(stitching(inputs));
    }
    if !(is_bound || is_log) {
        return None;
    }
    // confseq's own default where neither the name nor a flag says it.
    let sides = match sides(inputs, function) {
        Sides::Two if !function.contains("two_sided") && flag(inputs).is_none() => Sides::One,
        sides => sides,
    };
    let answer = |inputs: &Inputs<'_>, what: Mixture| {
        let v = positive(inputs, "v")?;
        if is_log {
            let s = inputs.number("s")?;
            return match what {
                Mixture::Normal(mixture) => mixture.ln_e(s, v),
                Mixture::GammaExponential(mixture) => mixture.ln_e(s, v),
                Mixture::GammaPoisson(mixture) => mixture.ln_e(s, v),
                Mixture::BetaBinomial(mixture) => mixture.ln_e(s, v),
            }
            .map_err(because);
        }
        let alpha = inputs.alpha()?;
        match what {
            Mixture::Normal(mixture) => mixture.bound(v, alpha),
            Mixture::GammaExponential(mixture) => mixture.bound(v, alpha),
            Mixture::GammaPoisson(mixture) => mixture.bound(v, alpha),
            Mixture::BetaBinomial(mixture) => mixture.bound(v, alpha),
        }
        .map_err(because)
    };
    let made = made(function, inputs, sides)?;
    Some(made.and_then(|made| answer(inputs, made)).map(|value| json!(value)))
}

enum Mixture {
    Normal(NormalMixture),
    GammaExponential(GammaExponential),
    GammaPoisson(GammaPoisson),
    BetaBinomial(BetaBinomial),
}

fn made(function: &str, inputs: &Inputs<'_>, sides: Sides) -> Option<Result<Mixture, String>> {
    let normal = || {
        if inputs.has("rho") {
            return Ok(NormalMixture::new(positive(inputs, "rho")?, sides));
        }
        NormalMixture::tuned(positive(inputs, "v_opt")?, alpha_opt(inputs)?, sides).map_err(because)
    };
    let tuning = || Ok::<_, String>((positive(inputs, "v_opt")?, alpha_opt(inputs)?));
    Some(if function.starts_with("normal_") || function.starts_with("one_sided_normal") {
        normal().map(Mixture::Normal)
    } else if function.starts_with("gamma_exponential") {
        tuning().and_then(|(v, alpha)| {
            let mixture = GammaExponential::tuned(v, alpha, positive(inputs, "c")?).map_err(because)?;
            Ok(Mixture::GammaExponential(mixture))
        })
    } else if function.starts_with("gamma_poisson_") && inputs.has("v_opt") {
        tuning().and_then(|(v, alpha)| {
            let mixture = GammaPoisson::tuned(v, alpha, positive(inputs, "c")?).map_err(because)?;
            Ok(Mixture::GammaPoisson(mixture))
        })
    } else if function.starts_with("beta_binomial_") && inputs.has("v_opt") {
        tuning().and_then(|(v, alpha)| {
            let (g, h) = (positive(inputs, "g")?, positive(inputs, "h")?);
            Ok(Mixture::BetaBinomial(BetaBinomial::tuned(v, alpha, g, h, sides).map_err(because)?))
        })
    } else {
        return None;
    })
}

fn msprt_normal(inputs: &Inputs<'_>, function: &str) -> Answer {
    let error = inputs.number("var_of_delta")?.sqrt();
    let effect = EstimatedEffect::new(inputs.number("delta")?, error).map_err(because)?;
    let options = MsprtOptions {
        alpha: inputs.alpha()?,
        alternative: alternative(inputs, function),
        ..MsprtOptions::new(MixingVariance::new(positive(inputs, "tau2")?))
    };
    let look = msprt(effect, &options).map_err(because)?;
    let reach = (look.interval.upper() - look.estimate).min(look.estimate - look.interval.lower());
    // Without the estimate's own rounding.
    let nothing = msprt(EstimatedEffect::new(0.0, error).map_err(because)?, &options).map_err(because)?;
    let exact = nothing.interval.upper().min(-nothing.interval.lower());
    if (reach - exact).abs() > 1e-9 * exact {
        return Err(format!("the interval reaches {reach} about the estimate and {exact} about 0"));
    }
    Ok(json!({
        "log_lambda": look.ln_lambda,
        "p": look.p,
        "ln_p": look.ln_p,
        "log_p": look.ln_p,
        "ci_halfwidth": exact,
        "ci": ends(look.interval),
    }))
}

fn rho(inputs: &Inputs<'_>, function: &str) -> Answer {
    let rho = tuned_rho(units(inputs, "n_star")?, inputs.alpha()?, alternative(inputs, function));
    Ok(json!(rho.map_err(because)?.get()))
}

fn asymptotic_half_width(inputs: &Inputs<'_>, function: &str) -> Answer {
    let options = asymptotic_options(inputs, function)?;
    half_width(positive(inputs, "s2")?, units(inputs, "n")?, &options)
        .map(|width| json!(width))
        .map_err(because)
}

fn estimate(inputs: &Inputs<'_>, function: &str) -> Answer {
    let effect = EstimatedEffect::new(inputs.number("estimate")?, inputs.number("se")?).map_err(because)?;
    let look =
        asymptotic(effect, units(inputs, "n")?, &asymptotic_options(inputs, function)?).map_err(because)?;
    Ok(json!({
        "p": look.p,
        "ln_p": look.ln_p,
        "log_lambda": look.ln_lambda,
        "ci": ends(look.interval),
    }))
}

fn test(inputs: &Inputs<'_>, function: &str) -> Answer {
    let asymptotic = asymptotic_options(inputs, function)?;
    let lift = match inputs.value("lift").as_str() {
        Some("fieller") => LiftMethod::Fieller,
        Some("log") => LiftMethod::Log,
        _ => LiftMethod::Delta,
    };
    let options = AnytimeOptions {
        alpha: asymptotic.alpha,
        alternative: asymptotic.alternative,
        tuning: asymptotic.tuning,
        lift,
    };
    let arm = |name: &str| (&inputs.value(name)["n"], &inputs.value(name)["sum"], inputs.value(name));
    let is_rate = ["type", "metric", "metric_type"]
        .iter()
        .any(|key| matches!(inputs.value(key).as_str(), Some("proportion" | "binomial")));
    let both = if is_rate || inputs.value("control")["sum_squares"].is_null() {
        let of = |name: &str| {
            let (n, sum, _) = arm(name);
            Proportion::new(count(sum)?, count(n)?).map_err(because)
        };
        compare_rates_anytime(&of("control")?, &of("treatment")?, &options)
    } else {
        let of = |name: &str| {
            let (n, sum, whole) = arm(name);
            moments(count(n)?, number(sum)?, number(&whole["sum_squares"])?)
        };
        compare_means_anytime(&of("control")?, &of("treatment")?, &options)
    };
    let relative = inputs.value("difference").as_str() == Some("relative");
    let look = if relative { both.lift } else { both.difference }.map_err(because)?;
    Ok(json!({
        "effect": look.estimate,
        "ci": ends(look.interval),
        "p": look.p,
        "ln_p": look.ln_p,
        "se": look.standard_error,
    }))
}

/// Moments from float sums: mean and deviation as gbstats forms them.
fn moments(n: u64, sum: f64, sum_squares: f64) -> Result<Moments, String> {
    #[allow(clippy::cast_precision_loss, reason = "a count of a case")]
    let size = n as f64;
    let variance = (sum_squares - sum * sum / size) / (size - 1.0);
    Moments::from_mean_and_deviation(n, sum / size, variance.sqrt()).map_err(because)
}

fn best_rho(inputs: &Inputs<'_>, sides: Sides) -> Answer {
    let v = if inputs.has("v_opt") { "v_opt" } else { "v" };
    let rho = bound::best_rho(positive(inputs, v)?, inputs.alpha()?, sides).map_err(because)?;
    Ok(json!(rho.get()))
}

fn stitching(inputs: &Inputs<'_>) -> Answer {
    let bound = PolynomialStitching::new(
        positive(inputs, "v_min")?,
        inputs.number_or("c", 0.0)?,
        inputs.number_or("s", 1.4)?,
        inputs.number_or("eta", 2.0)?,
    )
    .map_err(because)?;
    bound.bound(positive(inputs, "v")?, inputs.alpha()?).map(|bound| json!(bound)).map_err(because)
}

fn bernoulli(inputs: &Inputs<'_>) -> Answer {
    let (successes, n) = (
        if inputs.has("x") { "x" } else { "num_successes" },
        if inputs.has("n") { "n" } else { "num_trials" },
    );
    let proportion = inputs.proportion(successes, n)?;
    bound::bernoulli(&proportion, inputs.alpha()?, positive(inputs, "t_opt")?, alpha_opt(inputs)?)
        .map(ends)
        .map_err(because)
}

fn asymptotic_options(inputs: &Inputs<'_>, function: &str) -> Result<AsymptoticOptions, String> {
    let tuning = if inputs.has("rho") {
        Tuning::Rho(positive(inputs, "rho")?)
    } else if inputs.has("n_star") {
        Tuning::Units(units(inputs, "n_star")?)
    } else {
        Tuning::default()
    };
    Ok(AsymptoticOptions { alpha: inputs.alpha()?, alternative: alternative(inputs, function), tuning })
}

/// The alternative by its name, or that a function's name gives.
fn alternative(inputs: &Inputs<'_>, function: &str) -> Alternative {
    let named = ["alternative", "side", "sides", "type"].iter().find_map(|key| inputs.value(key).as_str());
    match named.map(str::to_lowercase).as_deref() {
        Some("greater" | "larger" | "treatment_greater" | "one-sided" | "one_sided" | "upper") => {
            Alternative::Greater
        }
        Some("less" | "lesser" | "smaller" | "treatment_lesser" | "lower") => Alternative::Less,
        _ if inputs.value("one_sided").as_bool() == Some(true) || function.contains("one_sided") => {
            Alternative::Greater
        }
        _ => Alternative::TwoSided,
    }
}

fn sides(inputs: &Inputs<'_>, function: &str) -> Sides {
    match flag(inputs) {
        Some(true) => Sides::One,
        None if function.contains("one_sided") => Sides::One,
        Some(false) | None => Sides::Two,
    }
}

fn flag(inputs: &Inputs<'_>) -> Option<bool> {
    ["is_one_sided", "one_sided"].iter().find_map(|key| inputs.value(key).as_bool())
}

fn alpha_opt(inputs: &Inputs<'_>) -> Result<Alpha, String> {
    Alpha::new(inputs.number_or("alpha_opt", 0.05)?).map_err(because)
}

fn positive(inputs: &Inputs<'_>, name: &str) -> Result<Positive, String> {
    Positive::new(inputs.number(name)?).map_err(|error| format!("{name}: {error}"))
}

fn units(inputs: &Inputs<'_>, name: &str) -> Result<NonZeroU64, String> {
    NonZeroU64::new(count(inputs.value(name))?).ok_or_else(|| format!("{name} is 0"))
}
