//! Factorial designs.

use edgewise_stats::{
    Alternative, Moments, Proportion,
    compare::{Reference, Variance},
    factorial::{Coding, Design, Effect, EffectEstimate, EffectOptions, Effects, effects, rate_effects},
};
use serde_json::{Value, json};

use super::{
    Answer, Inputs,
    inputs::{because, count, ends, numbers},
};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "factorial_interaction" => factorial_interaction(inputs),
        "factorial_effects" => factorial_effects(inputs),
        "fractional_design" => fractional_design(inputs),
        _ => return None,
    })
}

/// The interaction of all factors, with the normal distribution unless the case asks for t.
fn factorial_interaction(inputs: &Inputs<'_>) -> Answer {
    let found = all(inputs, Reference::Normal)?;
    let last = found.effects.last().ok_or("a design without effects")?;
    let mut answer = shown(last)?;
    answer["interaction"] = answer["estimate"].clone();
    for (key, effect) in [("main_a", 0), ("main_b", 1), ("main_c", 2)] {
        if let Some(effect) = found.effects.get(effect).filter(|effect| effect.effect.order() == 1) {
            answer[key] = json!(effect.value.estimate.map_err(because)?);
        }
    }
    Ok(answer)
}

fn factorial_effects(inputs: &Inputs<'_>) -> Answer {
    let found = all(inputs, Reference::StudentsT)?;
    let mut answer = json!({});
    for effect in &found.effects {
        answer[effect.effect.to_string()] = shown(effect)?;
    }
    Ok(answer)
}

fn shown(effect: &EffectEstimate) -> Answer {
    let test = effect.test.map_err(because)?;
    Ok(json!({
        "estimate": effect.value.estimate.map_err(because)?,
        "se": effect.value.standard_error.map_err(because)?,
        "z": test.statistic,
        "t": test.statistic,
        "statistic": test.statistic,
        "df": test.df,
        "p": test.p,
        "ci": ends(effect.value.interval.map_err(because)?),
    }))
}

fn all(inputs: &Inputs<'_>, otherwise: Reference) -> Result<Effects, String> {
    let chosen = |name: &str| inputs.value(name).as_str();
    let options = EffectOptions {
        alpha: inputs.alpha()?,
        alternative: match chosen("alternative") {
            None | Some("two-sided" | "two_sided") => Alternative::TwoSided,
            Some("greater" | "larger") => Alternative::Greater,
            Some("less" | "smaller") => Alternative::Less,
            Some(other) => return Err(format!("the alternative {other} is not known")),
        },
        coding: match chosen("coding") {
            None | Some("differences" | "difference_of_differences") => Coding::Differences,
            Some("high_minus_low" | "half") => Coding::HighMinusLow,
            Some("coefficient" | "coded") => Coding::Coefficient,
            Some(other) => return Err(format!("the coding {other} is not known")),
        },
        variance: match chosen("variance") {
            None | Some("separate" | "unequal") => Variance::Separate,
            Some("pooled") => Variance::Pooled,
            Some(other) => return Err(format!("the variance {other} is not known")),
        },
        reference: match chosen("reference").or(chosen("distribution")) {
            None => otherwise,
            Some("normal" | "z") => Reference::Normal,
            Some("t") => Reference::StudentsT,
            Some(other) => return Err(format!("the distribution {other} is not known")),
        },
    };
    let design = |cells: usize| {
        let factors = if cells.is_power_of_two() { cells.trailing_zeros() } else { 0 };
        Design::full(factors).map_err(because)
    };
    let list = |name: &str| inputs.value(name).as_array().filter(|list| !list.is_empty());
    if let Some(cells) = list("cells_successes_n").or(list("cells_x_n")) {
        let cell = |cell: &Value| Proportion::new(count(&cell[0])?, count(&cell[1])?).map_err(because);
        let cells: Result<Vec<Proportion>, String> = cells.iter().map(cell).collect();
        let cells = cells?;
        return rate_effects(&design(cells.len())?, &cells, &options).map_err(because);
    }
    let cells: Result<Vec<Moments>, String> = match (list("cells_mean_sd_n"), list("cells")) {
        (Some(cells), _) => cells
            .iter()
            .map(|cell| match numbers(cell)?[..] {
                [mean, deviation, _] => {
                    Moments::from_mean_and_deviation(count(&cell[2])?, mean, deviation).map_err(because)
                }
                _ => Err(format!("{cell} is not a mean, a deviation and a count")),
            })
            .collect(),
        (None, Some(cells)) => {
            cells.iter().map(|cell| Moments::from_values(numbers(cell)?).map_err(because)).collect()
        }
        (None, None) => Err("there are no cells".to_owned()),
    };
    let cells = cells?;
    effects(&design(cells.len())?, &cells, &options).map_err(because)
}

fn fractional_design(inputs: &Inputs<'_>) -> Answer {
    let base = u32::try_from(inputs.count("base")?).map_err(because)?;
    let generators = inputs.value("generators").as_array().ok_or("generators is not a list")?;
    let generators: Vec<&str> = generators.iter().filter_map(Value::as_str).collect();
    let design = Design::fractional(base, &generators).map_err(because)?;
    let mut aliases = json!({});
    for one in 0..design.factors() {
        for other in one..design.factors() {
            let main = |factor| Effect::main(factor).ok_or("a factor without a letter");
            let effect = if one == other { main(one)? } else { main(one)?.times(main(other)?) };
            aliases[effect.to_string()] = json!(design.alias_text(effect));
        }
    }
    Ok(json!({
        "runs": design.runs(),
        "resolution": design.resolution(),
        "word_lengths": design.word_lengths(),
        "relation": design.defining_relation(),
        "aliases": aliases,
    }))
}
