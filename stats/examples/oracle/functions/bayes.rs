//! Posteriors, their comparison, and which arm is best.

use edgewise_stats::{
    Alpha, Direction, Estimate, Fraction, Interval, Moments, Positive, Proportion, Quantity,
    adapt::{
        Epoch, EpochMethod, Floor, ScoredUnit, Weighting, Weights, epoch_mean, kl_ucb, thompson, top_two,
        top_two_of_one_draw, ucb1, weighted_difference, weighted_mean,
    },
    bayes::{
        BayesOptions, EffectOptions, EffectScale, EventRatePrior, MeanPrior, MeanVariancePrior, Posterior,
        RatePrior, compare_posteriors, expected_loss, expected_regret, normal_expected_loss,
        posterior_effect, practical_equivalence, practical_equivalence_of_lift, probability_best,
        probability_better, probability_second_best,
    },
};
use serde_json::{Value, json};

use super::{
    Answer, Inputs,
    inputs::{because, count, ends, number, numbers},
    means::sums,
};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "beta_binomial_p_b_gt_a" => rates(inputs),
        "gamma_poisson_p_b_gt_a" => event_rates(inputs),
        "prob_best_normal" => best_normal(inputs),
        "normal_posterior_effect" => effect(inputs),
        "normal_expected_loss" => loss(inputs),
        "posterior_comparison" => comparison(inputs),
        "posterior_summary" => summary(inputs),
        "posterior_regions" => regions(inputs),
        "probability_best" => best(inputs),
        "normal_inverse_gamma_posterior" => normal_inverse_gamma(inputs),
        "posterior_from_prior" => from_prior(inputs),
        "adaptive_weighted_mean" => weighted_units(inputs),
        "adaptive_weighted_difference" => weighted_units_difference(inputs),
        "epoch_mean" => epochs(inputs),
        "ucb1" => index(inputs, ucb1),
        "kl_ucb" => index(inputs, kl_ucb),
        "policy_weights" => policies(inputs),
        "weights_with_floor" => floors(inputs),
        _ => return None,
    })
}

fn direction(inputs: &Inputs<'_>) -> Direction {
    let lower = ["inverse", "lower_is_better"].iter().any(|name| inputs.value(name).as_bool() == Some(true));
    if lower { Direction::LowerIsBetter } else { Direction::HigherIsBetter }
}

fn rates(inputs: &Inputs<'_>) -> Answer {
    let arm = |arm: &str| {
        let of = |shape: &str| inputs.number(&format!("{shape}_{arm}"));
        Posterior::beta(of("alpha")?, of("beta")?).map_err(because)
    };
    better_and_loss(&arm("a")?, &arm("b")?, direction(inputs))
}

fn event_rates(inputs: &Inputs<'_>) -> Answer {
    let arm = |arm: &str| {
        let of = |parameter: &str| inputs.number(&format!("{parameter}_{arm}"));
        Posterior::gamma(of("shape")?, of("rate")?).map_err(because)
    };
    better_and_loss(&arm("a")?, &arm("b")?, direction(inputs))
}

fn better_and_loss(control: &Posterior, treatment: &Posterior, direction: Direction) -> Answer {
    let better = probability_better(control, treatment, direction).map_err(because)?;
    let loss = expected_loss(control, treatment, direction).map_err(because)?;
    Ok(json!({
        "p": better.p,
        "p_b_gt_a": better.p,
        "complement": better.complement,
        "ln_p": better.ln_p,
        "ln_complement": better.ln_complement,
        "loss_choose_a": loss.choose_control,
        "loss_choose_b": loss.choose_treatment,
    }))
}

/// gbstats: the prior is "flat" or "N(mean,sd^2)".
fn effect(inputs: &Inputs<'_>) -> Answer {
    let scale = |name: &str| {
        Ok::<_, String>(match inputs.text(name)? {
            "relative" => EffectScale::Relative,
            "absolute" => EffectScale::Absolute,
            other => return Err(format!("{name}: {other} is not known")),
        })
    };
    let options = EffectOptions {
        scale: scale("difference")?,
        prior: normal_prior(inputs.value("prior"))?,
        prior_scale: if inputs.has("prior_type") { scale("prior_type")? } else { EffectScale::Relative },
        direction: direction(inputs),
        alpha: inputs.alpha()?,
    };
    let effect =
        posterior_effect(&sums(inputs.value("control"))?, &sums(inputs.value("treatment"))?, &options)
            .map_err(because)?;
    Ok(json!({
        "mean": effect.mean,
        "sd": effect.standard_deviation,
        "ci": ends(effect.interval),
        "p_win": effect.better.p,
        "risk": [effect.loss.choose_control, effect.loss.choose_treatment],
    }))
}

fn normal_prior(prior: &Value) -> Result<MeanPrior, String> {
    let normal = |mean: f64, deviation: f64| {
        MeanPrior::new(mean, Positive::new(deviation).map_err(because)?).map_err(because)
    };
    if let Some(text) = prior.as_str() {
        let inner = text.trim().strip_prefix("N(").and_then(|rest| rest.strip_suffix(')'));
        let Some((mean, variance)) = inner.and_then(|inner| inner.split_once(',')) else {
            return if text == "flat" { Ok(MeanPrior::flat()) } else { Err(format!("{text} is no prior")) };
        };
        let parse = |text: &str| text.trim().parse::<f64>().map_err(because);
        let deviation = match variance.split_once('^') {
            Some((deviation, "2")) => parse(deviation)?,
            _ => parse(variance)?.sqrt(),
        };
        return normal(parse(mean)?, deviation);
    }
    match (prior["mean"].as_f64(), prior["sd"].as_f64(), prior["variance"].as_f64()) {
        (Some(mean), Some(deviation), _) => normal(mean, deviation),
        (Some(mean), None, Some(variance)) if prior["proper"].as_bool() != Some(false) => {
            normal(mean, variance.sqrt())
        }
        _ => Ok(MeanPrior::flat()),
    }
}

fn loss(inputs: &Inputs<'_>) -> Answer {
    let loss = normal_expected_loss(inputs.number("mu")?, inputs.number("sigma")?, direction(inputs))
        .map_err(because)?;
    Ok(json!([loss.choose_control, loss.choose_treatment]))
}

/// A distribution as `{"beta": [a, b]}`, `{"gamma": [shape, rate]}`, `{"normal": [mean, sd]}`, `{"t": [location, scale, df]}`.
fn posterior(value: &Value) -> Result<Posterior, String> {
    let (kind, parameters) = value
        .as_object()
        .and_then(|object| object.iter().next())
        .ok_or_else(|| format!("{value} is no distribution"))?;
    let at = |i: usize| number(&parameters[i]);
    match kind.as_str() {
        "beta" => Posterior::beta(at(0)?, at(1)?),
        "gamma" => Posterior::gamma(at(0)?, at(1)?),
        "normal" => Posterior::normal(at(0)?, at(1)?),
        "t" => Posterior::students_t(at(0)?, at(1)?, at(2)?),
        other => return Err(format!("{other} is not known")),
    }
    .map_err(because)
}

fn comparison(inputs: &Inputs<'_>) -> Answer {
    let (control, treatment) = (posterior(inputs.value("control"))?, posterior(inputs.value("treatment"))?);
    let options = BayesOptions {
        alpha: inputs.alpha()?,
        direction: direction(inputs),
        lift_threshold: inputs.value("lift_threshold").as_f64(),
        ..BayesOptions::default()
    };
    let comparison = compare_posteriors(&control, &treatment, &options);
    let mut answer = json!({});
    if let Ok(better) = comparison.better {
        answer["p"] = json!(better.p);
        answer["complement"] = json!(better.complement);
        answer["ln_p"] = json!(better.ln_p);
        answer["ln_complement"] = json!(better.ln_complement);
    }
    if let Ok(loss) = comparison.loss {
        answer["loss_choose_control"] = json!(loss.choose_control);
        answer["loss_choose_treatment"] = json!(loss.choose_treatment);
    }
    if let Ok(interval) = comparison.difference.interval {
        answer["difference_ci"] = ends(interval);
    }
    if let Ok(interval) = comparison.lift.interval {
        answer["lift_ci"] = ends(interval);
    }
    for (name, value) in [
        ("difference_mean", comparison.difference.mean),
        ("difference_sd", comparison.difference.standard_deviation),
        ("lift_mean", comparison.lift.mean),
        ("lift_sd", comparison.lift.standard_deviation),
        ("lift_median", comparison.lift.median),
    ] {
        if let Ok(value) = value {
            answer[name] = json!(value);
        }
    }
    if let Some(exceeds) = comparison.lift_exceeds {
        answer["lift_exceeds"] = json!(exceeds.map_err(because)?.p);
    }
    Ok(answer)
}

fn summary(inputs: &Inputs<'_>) -> Answer {
    let summary = posterior(inputs.value("posterior"))?.summary(inputs.alpha()?);
    let mut answer = json!({});
    for (name, value) in [("mean", summary.mean), ("sd", summary.standard_deviation), ("mode", summary.mode)]
    {
        if let Ok(value) = value {
            answer[name] = json!(value);
        }
    }
    answer["ci"] = ends(summary.credible_interval.map_err(because)?);
    if let Ok(interval) = summary.highest_density_interval {
        answer["hdi"] = ends(interval);
    }
    Ok(answer)
}

fn regions(inputs: &Inputs<'_>) -> Answer {
    let (control, treatment) = (posterior(inputs.value("control"))?, posterior(inputs.value("treatment"))?);
    let region = inputs.numbers("region")?;
    let region = Interval::new(region[0], region[1]).map_err(because)?;
    let place = match inputs.text("of")? {
        "difference" => practical_equivalence(&control, &treatment, region),
        "lift" => practical_equivalence_of_lift(&control, &treatment, region),
        other => return Err(format!("{other} is not known")),
    }
    .map_err(because)?;
    Ok(json!({ "below": place.below, "inside": place.inside, "above": place.above }))
}

fn best(inputs: &Inputs<'_>) -> Answer {
    let arms = inputs.value("arms").as_array().ok_or("arms is not a list")?;
    let arms = arms.iter().map(posterior).collect::<Result<Vec<_>, _>>()?;
    let direction = direction(inputs);
    let chances = probability_best(&arms, direction).map_err(because)?;
    Ok(json!({
        "p_best": chances.iter().map(|chance| chance.p).collect::<Vec<_>>(),
        "ln_best": chances.iter().map(|chance| chance.ln_p).collect::<Vec<_>>(),
        "p_second": probability_second_best(&arms, direction).map_err(because)?,
        "regret": expected_regret(&arms, direction).map_err(because)?,
    }))
}

fn normal_inverse_gamma(inputs: &Inputs<'_>) -> Answer {
    let of = |name: &str| Positive::new(inputs.number(name)?).map_err(because);
    let prior = if inputs.has("kappa0") {
        MeanVariancePrior::new(inputs.number("mu0")?, of("kappa0")?, of("sigma0")?, of("nu0")?)
            .map_err(because)?
    } else {
        MeanVariancePrior::reference()
    };
    let posterior = prior.posterior(&inputs.moments("data")?).map_err(because)?;
    let mean = posterior.mean().map_err(because)?;
    Ok(json!({
        "mu": posterior.location(),
        "kappa": posterior.strength(),
        "nu": posterior.df(),
        "sigma": posterior.unit_deviation(),
        "variance_mean": posterior.variance_mean().map_err(because)?,
        "ci": ends(mean.credible_interval(inputs.alpha()?).map_err(because)?),
    }))
}

/// A prior by mean and strength, or by name, with data.
fn from_prior(inputs: &Inputs<'_>) -> Answer {
    let positive = |name: &str| Positive::new(inputs.number(name)?).map_err(because);
    let posterior = match inputs.text("model")? {
        "beta_binomial" => {
            let prior = match inputs.value("prior").as_str() {
                Some("uniform") => RatePrior::uniform(),
                Some("jeffreys") => RatePrior::jeffreys(),
                _ => RatePrior::new(
                    Fraction::new(inputs.number("prior_mean")?).map_err(because)?,
                    positive("prior_strength")?,
                ),
            };
            let data = Proportion::new(inputs.count("successes")?, inputs.count("n")?).map_err(because)?;
            prior.posterior(&data)
        }
        "gamma_poisson" => {
            let prior = match inputs.value("prior").as_str() {
                Some("flat") => EventRatePrior::flat(),
                Some("jeffreys") => EventRatePrior::jeffreys(),
                _ => EventRatePrior::new(positive("prior_mean")?, positive("prior_strength")?),
            };
            prior.posterior(inputs.count("events")?, positive("exposure")?)
        }
        "normal" => {
            let data = Moments::from_mean_and_deviation(
                inputs.count("n")?,
                inputs.number("mean")?,
                inputs.number("sd")?,
            )
            .map_err(because)?;
            normal_prior(inputs.value("prior"))?.posterior(&data)
        }
        other => return Err(format!("{other} is not known")),
    }
    .map_err(because)?;
    Ok(json!({
        "mean": posterior.mean().map_err(because)?,
        "sd": posterior.standard_deviation().map_err(because)?,
        "ci": ends(posterior.credible_interval(Alpha::default()).map_err(because)?),
    }))
}

/// gbstats: p = f + (1 − n·f)·w.
fn best_normal(inputs: &Inputs<'_>) -> Answer {
    let arms = (inputs.numbers("mean")?.into_iter().zip(inputs.numbers("sd")?))
        .map(|(mean, deviation)| Posterior::normal(mean, deviation).map_err(because))
        .collect::<Result<Vec<_>, _>>()?;
    let weights = thompson(&arms, direction(inputs)).map_err(because)?;
    let floored = weights.with_floor(Floor::Mixed(inputs.number_or("floor", 0.0)?)).map_err(because)?;
    Ok(json!({ "p_best": weights.shares(), "thompson_weights_floor": floored.shares() }))
}

fn weighting(inputs: &Inputs<'_>) -> Result<Weighting, String> {
    Ok(match inputs.text("weighting")? {
        "uniform" => Weighting::Uniform,
        "constant" => Weighting::ConstantAllocation,
        "two_point" => {
            Weighting::TwoPoint { decay: Fraction::new(inputs.number("decay")?).map_err(because)? }
        }
        other => return Err(format!("{other} is not known")),
    })
}

/// The units from the arm's side, or from that of all others.
fn units(inputs: &Inputs<'_>, prediction: &str, other: bool) -> Result<Vec<ScoredUnit>, String> {
    let of = |name: &str| inputs.numbers(name);
    let (propensity, chosen, outcome) = (of("propensity")?, of("chosen")?, of("outcome")?);
    (propensity.iter().zip(chosen).zip(outcome).zip(of(prediction)?))
        .map(|(((propensity, chosen), outcome), prediction)| {
            let propensity = if other { 1.0 - propensity } else { *propensity };
            let own = (chosen > 0.5) != other;
            ScoredUnit::new(propensity, own.then_some(outcome), prediction).map_err(because)
        })
        .collect()
}

fn weighted_units(inputs: &Inputs<'_>) -> Answer {
    let units = units(inputs, "prediction", false)?;
    quantity(&weighted_mean(&units, weighting(inputs)?, inputs.alpha()?))
}

fn weighted_units_difference(inputs: &Inputs<'_>) -> Answer {
    let arm = units(inputs, "prediction", false)?;
    let others = units(inputs, "other_prediction", true)?;
    quantity(&weighted_difference(&others, &arm, weighting(inputs)?, inputs.alpha()?))
}

fn quantity(quantity: &Quantity) -> Answer {
    Ok(json!({
        "estimate": quantity.estimate.map_err(because)?,
        "se": quantity.standard_error.map_err(because)?,
        "ci": ends(quantity.interval.map_err(because)?),
    }))
}

fn epochs(inputs: &Inputs<'_>) -> Answer {
    let listed = inputs.value("epochs").as_array().ok_or("epochs is not a list")?;
    let epochs = listed
        .iter()
        .map(|epoch| {
            let outcomes = epoch["outcomes"].as_array().ok_or("outcomes is not a list")?;
            let arms = (numbers(&epoch["propensity"])?.into_iter().zip(outcomes))
                .map(|(propensity, outcomes)| {
                    Ok((propensity, Moments::from_values(numbers(outcomes)?).map_err(because)?))
                })
                .collect::<Result<Vec<_>, String>>()?;
            Epoch::new(arms).map_err(because)
        })
        .collect::<Result<Vec<_>, String>>()?;
    let method = match inputs.text("method")? {
        "horvitz_thompson" => EpochMethod::HorvitzThompson,
        "hajek" => EpochMethod::Hajek,
        "stratified" => EpochMethod::Stratified,
        "augmented" => EpochMethod::Augmented(weighting(inputs)?),
        other => return Err(format!("{other} is not known")),
    };
    let arm = usize::try_from(inputs.count("arm")?).map_err(because)?;
    quantity(&epoch_mean(&epochs, arm, method, inputs.alpha()?))
}

/// The indices of arms given as means and units.
type Index = fn(&[(f64, u64)], Direction) -> Estimate<Vec<f64>>;

fn index(inputs: &Inputs<'_>, of: Index) -> Answer {
    let units = inputs.value("n").as_array().ok_or("n is not a list")?;
    let arms = (inputs.numbers("mean")?.into_iter().zip(units))
        .map(|(mean, units)| Ok((mean, count(units)?)))
        .collect::<Result<Vec<_>, String>>()?;
    Ok(json!(of(&arms, direction(inputs)).map_err(because)?))
}

fn policies(inputs: &Inputs<'_>) -> Answer {
    let arms = inputs.value("arms").as_array().ok_or("arms is not a list")?;
    let arms = arms.iter().map(posterior).collect::<Result<Vec<_>, _>>()?;
    let direction = direction(inputs);
    let leader = Fraction::new(inputs.number("leader")?).map_err(because)?;
    Ok(json!({
        "thompson": thompson(&arms, direction).map_err(because)?,
        "top_two": top_two(&arms, leader, direction).map_err(because)?,
        "top_two_of_one_draw": top_two_of_one_draw(&arms, leader, direction).map_err(because)?,
    }))
}

fn floors(inputs: &Inputs<'_>) -> Answer {
    let weights = Weights::new(inputs.numbers("weights")?).map_err(because)?;
    let floor = inputs.number("floor")?;
    Ok(json!({
        "mixed": weights.with_floor(Floor::Mixed(floor)).map_err(because)?,
        "at_least": weights.with_floor(Floor::AtLeast(floor)).map_err(because)?,
        "per_million": weights.per_million(),
    }))
}
