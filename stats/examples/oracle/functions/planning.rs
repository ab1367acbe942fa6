//! Units, power and detectable effects.

use edgewise_stats::{
    Alpha, Alternative, Direction, Fraction, Positive,
    plan::{
        Allocation, Baseline, Counted, Design, Effect, PlannedTest, cohens_h, minimum_detectable_effect,
        non_inferiority, sample_size,
    },
};
use serde_json::json;

use super::{Answer, Inputs, inputs::because};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "t_n_per_group" | "t_n1_ratio" => t_n(inputs),
        "t_power" => t_power(inputs),
        "z_n_per_group" => z_n(inputs),
        "two_prop_n_arcsine" => arcsine_n(inputs),
        "two_prop_n_pooled_null" => pooled_n(inputs),
        "t_mde" => t_mde(inputs),
        "noninferiority_n_per_group" => noninferiority_n(inputs),
        _ => return None,
    })
}

/// A standardised effect: a standard deviation of 1.
fn standardised() -> Result<Baseline, String> {
    Baseline::mean(0.0, Positive::new(1.0).map_err(because)?).map_err(because)
}

fn design(inputs: &Inputs<'_>, test: PlannedTest, counted: Counted) -> Result<Design, String> {
    let ratio = inputs.number_or("ratio", 1.0)?;
    let alternative = match inputs.value("alternative").as_str() {
        None | Some("two-sided") => Alternative::TwoSided,
        Some("larger" | "greater") => Alternative::Greater,
        Some("smaller" | "less") => Alternative::Less,
        Some(other) => return Err(format!("the alternative {other} is not known")),
    };
    let allocation = Allocation::new(&[1.0, ratio]).map_err(because)?;
    Ok(Design { alpha: inputs.alpha()?, alternative, allocation, test, counted, ..Design::default() })
}

/// The first group's units, before rounding.
fn first(baseline: &Baseline, effect: f64, inputs: &Inputs<'_>, design: &Design) -> Result<f64, String> {
    let effect = Effect::absolute(effect).map_err(because)?;
    let size = sample_size(baseline, effect, power(inputs)?, design).map_err(because)?;
    Ok(size.exact() * design.allocation.shares()[0])
}

fn power(inputs: &Inputs<'_>) -> Result<Fraction, String> {
    Fraction::new(inputs.number_or("power", 0.8)?).map_err(because)
}

fn t_n(inputs: &Inputs<'_>) -> Answer {
    let design = design(inputs, PlannedTest::PooledT, Counted::Every)?;
    Ok(json!(first(&standardised()?, inputs.number("d")?, inputs, &design)?))
}

fn t_power(inputs: &Inputs<'_>) -> Answer {
    let design = design(inputs, PlannedTest::PooledT, Counted::Every)?;
    let effect = Effect::absolute(inputs.number("d")?).map_err(because)?;
    let n = if inputs.has("n1") { inputs.number("n1")? } else { inputs.number("n")? };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cases have whole numbers here"
    )]
    let units = (n * (1.0 + inputs.number_or("ratio", 1.0)?)).round() as u64;
    Ok(json!(edgewise_stats::plan::power(&standardised()?, effect, units, &design).map_err(because)?))
}

fn z_n(inputs: &Inputs<'_>) -> Answer {
    let design = design(inputs, PlannedTest::Z, Counted::RightSign)?;
    Ok(json!(first(&standardised()?, inputs.number("d")?, inputs, &design)?))
}

fn arcsine_n(inputs: &Inputs<'_>) -> Answer {
    let (p1, p2) = (inputs.number("p1")?, inputs.number("p2")?);
    let design = design(inputs, PlannedTest::Arcsine, Counted::Every)?;
    let rate = |p| Fraction::new(p).map_err(because);
    let baseline = Baseline::rate(rate(p1)?);
    let n = first(&baseline, p2 - p1, inputs, &design)?;
    Ok(json!({ "h": cohens_h(rate(p1)?, rate(p2)?).abs(), "n": n }))
}

fn pooled_n(inputs: &Inputs<'_>) -> Answer {
    let (p1, p2) = (inputs.number("p1")?, inputs.number("p2")?);
    let design = design(inputs, PlannedTest::Usual, Counted::RightSign)?;
    Ok(json!(first(&Baseline::rate(Fraction::new(p1).map_err(because)?), p2 - p1, inputs, &design)?))
}

fn t_mde(inputs: &Inputs<'_>) -> Answer {
    let deviation = Positive::new(inputs.number_or("sd", 1.0)?).map_err(because)?;
    let baseline = Baseline::mean(0.0, deviation).map_err(because)?;
    let design = design(inputs, PlannedTest::PooledT, Counted::Every)?;
    let units = 2 * inputs.count("n")?;
    let seen = minimum_detectable_effect(&baseline, units, power(inputs)?, Alternative::Greater, &design);
    Ok(json!(seen.map_err(because)?.difference))
}

fn noninferiority_n(inputs: &Inputs<'_>) -> Answer {
    let deviation = Positive::new(inputs.number_or("sd", 1.0)?).map_err(because)?;
    let baseline = Baseline::mean(0.0, deviation).map_err(because)?;
    let level = Alpha::new(inputs.number("alpha_one_sided")?).map_err(because)?;
    let design = Design { alpha: level, alternative: Alternative::Greater, ..Design::default() };
    let margin = Effect::absolute(inputs.number("margin")?).map_err(because)?;
    let truth = inputs.number_or("true_diff", 0.0)?;
    let truth = if truth == 0.0 { None } else { Some(Effect::absolute(truth).map_err(because)?) };
    let direction = Direction::HigherIsBetter;
    let size =
        non_inferiority(&baseline, margin, truth, power(inputs)?, direction, &design).map_err(because)?;
    Ok(json!(size.exact() / 2.0))
}
