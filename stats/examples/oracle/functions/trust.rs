//! Sample ratio, multiplicity, equivalence.

use edgewise_stats::{
    Absent, Alternative, Direction, EstimatedEffect, Moments, Positive,
    compare::Variance,
    distribution::students_t::DegreesOfFreedom,
    trust::{
        Arm, Concentration, Correction, DunnettOptions, EquivalenceOptions, Margin, Margins,
        NonInferiorityOptions, PValue, SampleRatio, Scale, SequentialSampleRatio,
        SequentialSampleRatioOptions, adjust, dunnett, equivalent_means, heterogeneity, non_inferior,
        non_inferior_means, sample_ratio, sequential_sample_ratio,
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
        "srm_chi2" => srm_chi2(inputs),
        "sequential_multinomial_srm" => sequential_srm(inputs),
        "p_adjust" => p_adjust(inputs),
        "tost_welch" | "tost_pooled" | "tost" => tost(inputs, function),
        "noninferiority_t" | "noninferiority_z" => noninferiority(inputs),
        "heterogeneity_q" => heterogeneity_q(inputs),
        "dunnett" => dunnett_test(inputs),
        "noninferiority_lift_t" => noninferiority_lift(inputs),
        _ => return None,
    })
}

fn srm_chi2(inputs: &Inputs<'_>) -> Answer {
    match sample_ratio(&arms(inputs, "obs", "weights")?) {
        SampleRatio::Tested { chi_square, p, ln_p, df, .. } => {
            Ok(json!({ "chi2": chi_square, "p": p, "ln_p": ln_p, "df": df }))
        }
        other => Err(format!("{other:?}")),
    }
}

fn sequential_srm(inputs: &Inputs<'_>) -> Answer {
    let options = SequentialSampleRatioOptions {
        alpha: inputs.alpha()?,
        concentration: if inputs.has("concentration") {
            Concentration::Units(Positive::new(inputs.number("concentration")?).map_err(because)?)
        } else {
            Concentration::default()
        },
    };
    match sequential_sample_ratio(&arms(inputs, "counts", "theta0")?, &options) {
        SequentialSampleRatio::Tested { ln_bayes_factor, p, ln_p, shares } => Ok(json!({
            "log_bayes_factor": ln_bayes_factor,
            "p": p,
            "ln_p": ln_p,
            "log_p": ln_p,
            "shares": shares.iter().map(|share| ends(share.interval)).collect::<Vec<_>>(),
        })),
        other => Err(format!("{other:?}")),
    }
}

fn arms(inputs: &Inputs<'_>, observed: &str, weights: &str) -> Result<Vec<Arm>, String> {
    let observed = inputs.value(observed).as_array().ok_or_else(|| format!("{observed} is not a list"))?;
    let weights = inputs.numbers(weights)?;
    if weights.len() != observed.len() {
        return Err(format!("{} counts and {} weights", observed.len(), weights.len()));
    }
    (observed.iter().zip(weights))
        .map(|(observed, weight)| Arm::new(count(observed)?, weight).map_err(because))
        .collect()
}

fn p_adjust(inputs: &Inputs<'_>) -> Answer {
    let correction = match inputs.text("method")?.to_lowercase().as_str() {
        "bonferroni" | "b" | "bonf" => Correction::Bonferroni,
        "sidak" | "s" => Correction::Sidak,
        "holm" | "h" => Correction::Holm,
        "holm-sidak" | "hs" => Correction::HolmSidak,
        "simes-hochberg" | "sh" | "hochberg" => Correction::Hochberg,
        "hommel" | "ho" => Correction::Hommel,
        "fdr_bh" | "fdr_i" | "fdr_p" | "fdri" | "fdrp" | "bh" | "fdr" => Correction::BenjaminiHochberg,
        "fdr_by" | "fdr_n" | "fdr_c" | "fdrn" | "fdrcorr" | "by" => Correction::BenjaminiYekutieli,
        "fdr_tsbh" | "fdr_2sbh" => Correction::TwoStageBenjaminiHochberg,
        "fdr_tsbky" | "fdr_2sbky" | "fdr_twostage" => Correction::TwoStageBenjaminiKriegerYekutieli,
        "fdr_gbs" => Correction::GavrilovBenjaminiSarkar,
        other => return Err(format!("the method {other} is not known")),
    };
    // A test that could not be made is a null.
    let family = inputs.value("p").as_array().ok_or("p is not a list")?;
    let family = family
        .iter()
        .map(|p| {
            if p.is_null() {
                return Ok(Err(Absent::ZeroVariance));
            }
            PValue::new(number(p)?).map(Ok).map_err(because)
        })
        .collect::<Result<Vec<_>, String>>()?;
    let adjustment = adjust(&family, correction, inputs.alpha()?);
    let each = |value: &dyn Fn(f64, bool) -> Value| {
        adjustment
            .tests
            .iter()
            .map(|test| test.map_or(Value::Null, |test| value(test.adjusted, test.rejected)))
            .collect::<Vec<_>>()
    };
    Ok(json!({
        "adjusted": each(&|adjusted, _| json!(adjusted)),
        "reject": each(&|_, rejected| json!(rejected)),
    }))
}

fn tost(inputs: &Inputs<'_>, function: &str) -> Answer {
    let pooled = function == "tost_pooled"
        || ["usevar", "variance"].iter().any(|key| inputs.value(key).as_str() == Some("pooled"));
    let relative = ["scale", "difference"]
        .iter()
        .any(|key| matches!(inputs.value(key).as_str(), Some("lift" | "relative")));
    let options = EquivalenceOptions {
        alpha: inputs.alpha()?,
        variance: if pooled { Variance::Pooled } else { Variance::Separate },
        scale: if relative { Scale::Lift } else { Scale::Difference },
    };
    let margins = Margins::new(inputs.number("low")?, inputs.number("upp")?).map_err(because)?;
    // statsmodels tests the mean of x less that of y.
    let (treatment, control) = (inputs.moments("x")?, inputs.moments("y")?);
    let found = equivalent_means(&control, &treatment, margins, &options).map_err(because)?;
    Ok(json!({
        "p": found.p,
        "ln_p": found.ln_p,
        "p_lower": found.above_lower.p,
        "p_upper": found.below_upper.p,
        "t_lower": found.above_lower.statistic,
        "t_upper": found.below_upper.statistic,
        "df": found.above_lower.df,
        "ci": ends(found.interval),
        "equivalent": found.equivalent,
    }))
}

fn noninferiority(inputs: &Inputs<'_>) -> Answer {
    let higher = inputs.value("higher_is_better").as_bool() != Some(false);
    let direction = if higher { Direction::HigherIsBetter } else { Direction::LowerIsBetter };
    let effect = EstimatedEffect::new(inputs.number("diff")?, inputs.number("se")?).map_err(because)?;
    let df = if inputs.has("df") {
        Some(DegreesOfFreedom::new(inputs.number("df")?).ok_or("df is below 1")?)
    } else {
        None
    };
    // The cases give the margin with the sign of the worse side.
    let margin = Positive::new(inputs.number("margin")?.abs()).map_err(because)?;
    let found = non_inferior(effect, df, margin, direction, inputs.alpha()?).map_err(because)?;
    Ok(json!({
        "t": found.test.statistic,
        "z": found.test.statistic,
        "p": found.test.p,
        "ln_p": found.test.ln_p,
        "lower_bound_95": found.interval.lower(),
        "upper_bound_95": found.interval.upper(),
        "non_inferior": found.non_inferior,
    }))
}

fn heterogeneity_q(inputs: &Inputs<'_>) -> Answer {
    let effects = inputs
        .numbers("effect")?
        .into_iter()
        .zip(inputs.numbers("se")?)
        .map(|(estimate, error)| EstimatedEffect::new(estimate, error).map_err(because))
        .collect::<Result<Vec<_>, _>>()?;
    let found = heterogeneity(&effects, inputs.alpha()?).map_err(because)?;
    Ok(json!({
        "fixed": found.fixed.estimate,
        "se": found.fixed.standard_error,
        "Q": found.q,
        "df": found.df,
        "p": found.p,
        "I2": found.i_squared,
        "tau2": found.tau_squared,
        "random": found.random.estimate,
        "se_random": found.random.standard_error,
        "random_se": found.random.standard_error,
        "ci": ends(found.fixed.interval),
        "ci_random": ends(found.random.interval),
    }))
}

/// Samples, or summaries with n, mean and sd.
fn variant(value: &Value) -> Result<Moments, String> {
    if value.is_array() {
        return Moments::from_values(numbers(value)?).map_err(because);
    }
    Moments::from_mean_and_deviation(count(&value["n"])?, number(&value["mean"])?, number(&value["sd"])?)
        .map_err(because)
}

fn dunnett_test(inputs: &Inputs<'_>) -> Answer {
    let treatments = inputs.value(if inputs.has("samples") { "samples" } else { "treatments" });
    let treatments = treatments.as_array().ok_or("the treatments are not a list")?;
    let treatments = treatments.iter().map(variant).collect::<Result<Vec<_>, _>>()?;
    let alternative = match inputs.value("alternative").as_str() {
        Some("greater") => Alternative::Greater,
        Some("less") => Alternative::Less,
        _ => Alternative::TwoSided,
    };
    let options = DunnettOptions { alpha: inputs.alpha()?, alternative };
    let found = dunnett(&variant(inputs.value("control"))?, &treatments, &options).map_err(because)?;
    let tests = found
        .treatments
        .iter()
        .map(|treatment| treatment.test.map_err(because))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(json!({
        "critical": found.critical,
        "statistic": tests.iter().map(|test| test.statistic).collect::<Vec<_>>(),
        "p": tests.iter().map(|test| test.p).collect::<Vec<_>>(),
        "pvalue": tests.iter().map(|test| test.p).collect::<Vec<_>>(),
        "ci": found.treatments.iter().map(|treatment| ends(treatment.interval)).collect::<Vec<_>>(),
    }))
}

fn noninferiority_lift(inputs: &Inputs<'_>) -> Answer {
    let higher = inputs.value("higher_is_better").as_bool() != Some(false);
    let options = NonInferiorityOptions {
        alpha: inputs.alpha()?,
        direction: if higher { Direction::HigherIsBetter } else { Direction::LowerIsBetter },
        ..NonInferiorityOptions::default()
    };
    let margin = Margin::Lift(Positive::new(inputs.number("margin")?).map_err(because)?);
    let (control, treatment) = (variant(inputs.value("control"))?, variant(inputs.value("treatment"))?);
    let found = non_inferior_means(&control, &treatment, margin, &options).map_err(because)?;
    Ok(json!({
        "t": found.test.statistic,
        "df": found.test.df,
        "p": found.test.p,
        "bound": if higher { found.interval.lower() } else { found.interval.upper() },
    }))
}
