//! Group-sequential boundaries, what they do, and results after stopping.

use edgewise_stats::{
    Alternative, Fraction, Positive,
    sequential::group::{
        Boundaries, Delta, Design, DriftPrior, Futility, Gamma, Looks, Shape, Spending, SpendingTable,
        boundaries,
    },
};
use serde_json::{Value, json};

use super::{
    Answer, Inputs,
    inputs::{because, count, number, numbers},
};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "group_sequential_bounds_z" | "alpha_spending_bounds_z" => bounds(inputs),
        "alpha_spent_cumulative" => spent(inputs),
        "sample_size_inflation_factor" => inflation(inputs),
        "group_sequential_constants" => constants(inputs),
        "type_I_error_of_bounds" => type_one_error(inputs),
        "group_sequential_power" => power_by_look(inputs),
        "group_sequential_futility" => futility(inputs),
        "group_sequential_after_stopping" => after_stopping(inputs),
        "group_sequential_bias_adjusted" => bias_adjusted(inputs),
        "group_sequential_repeated_p" => repeated_p(inputs),
        "group_sequential_conditional_power" => conditional_power(inputs),
        _ => return None,
    })
}

fn bounds(inputs: &Inputs<'_>) -> Answer {
    Ok(critical_values(&designed(inputs)?))
}

/// The boundary towards the alternative, as z above 0.
fn critical_values(boundaries: &Boundaries) -> Value {
    let looks = boundaries.looks().iter();
    looks.map(|look| json!(look.upper.or(look.lower.map(|z| -z)))).collect()
}

/// rpact's values are listed to ten decimals: 8.545157e-5 stands there as 0.0000854516, which is further off than the
/// tolerance, so it is compared at ten decimals.
fn spent(inputs: &Inputs<'_>) -> Answer {
    let listed = |spent: f64| if spent < 1e-6 { spent } else { (spent * 1e10).round() / 1e10 };
    Ok(designed(inputs)?.looks().iter().map(|look| json!(listed(look.alpha_spent))).collect())
}

fn inflation(inputs: &Inputs<'_>) -> Answer {
    let power = power(inputs)?;
    Ok(json!([designed(inputs)?.inflation_factor(power).map_err(because)?]))
}

fn constants(inputs: &Inputs<'_>) -> Answer {
    let constant = |shape: Shape| -> Result<Option<f64>, String> {
        let design = Design::new(shape, inputs.alpha()?, alternative(inputs)?);
        let boundaries = boundaries(&design, &looks(inputs, None)?).map_err(because)?;
        Ok(boundaries.looks().last().and_then(|look| look.upper.or(look.lower.map(|z| -z))))
    };
    Ok(json!({ "C_OBF": constant(Shape::OBrienFleming)?, "C_Pocock": constant(Shape::Pocock)? }))
}

fn type_one_error(inputs: &Inputs<'_>) -> Answer {
    let z = inputs.numbers("z")?;
    let boundaries =
        Boundaries::given(&looks(inputs, Some(z.len()))?, &z, alternative(inputs)?).map_err(because)?;
    Ok(json!(boundaries.type_one_error().map_err(because)?))
}

fn power_by_look(inputs: &Inputs<'_>) -> Answer {
    let boundaries = designed(inputs)?;
    let drift = boundaries.drift_for(power(inputs)?).map_err(because)?;
    let ahead = boundaries.under(drift).map_err(because)?;
    let upper: Vec<f64> = ahead.looks.iter().map(|look| look.upper).collect();
    Ok(json!({ "drift": drift, "upper": upper, "expected_information": ahead.expected_information }))
}

fn futility(inputs: &Inputs<'_>) -> Answer {
    let looks = looks(inputs, None)?;
    let Shape::Spending(spending) = named(inputs, inputs.text("beta_spending")?, true)? else {
        return Err("beta is not spent by a spending function".to_owned());
    };
    let binding = inputs.value("binding").as_bool().unwrap_or(false);
    let design = Design::new(shape(inputs, &looks)?, inputs.alpha()?, alternative(inputs)?)
        .with_futility(Futility { spending, power: power(inputs)?, binding })
        .map_err(because)?;
    let boundaries = boundaries(&design, &looks).map_err(because)?;
    let futility: Vec<Option<f64>> = boundaries.looks().iter().map(|look| look.futility).collect();
    Ok(json!({
        "upper": critical_values(&boundaries),
        "futility": futility,
        "drift": boundaries.planned_drift(),
        "inflation": boundaries.inflation_factor(power(inputs)?).map_err(because)?,
    }))
}

/// The look and z of a case; a standard error of 1 makes the effect a z at that look.
fn seen(inputs: &Inputs<'_>) -> Result<(usize, f64, Positive), String> {
    let look = usize::try_from(inputs.count("look")?).map_err(because)?;
    Ok((look, inputs.number("z")?, Positive::new(1.0).map_err(because)?))
}

fn after_stopping(inputs: &Inputs<'_>) -> Answer {
    let (look, z, error) = seen(inputs)?;
    let result = designed(inputs)?.after_stopping(look, z, error, inputs.alpha()?).map_err(because)?;
    let interval = result.interval.map_err(because)?;
    Ok(json!({
        "p": result.p,
        "median_unbiased": result.median_unbiased.map_err(because)?,
        "lower": interval.lower(),
        "upper": interval.upper(),
    }))
}

fn bias_adjusted(inputs: &Inputs<'_>) -> Answer {
    let (look, z, error) = seen(inputs)?;
    Ok(json!(designed(inputs)?.bias_adjusted(look, z, error).map_err(because)?))
}

fn repeated_p(inputs: &Inputs<'_>) -> Answer {
    let (look, z, error) = seen(inputs)?;
    Ok(json!(designed(inputs)?.repeated(look, z, error).and_then(|result| result.p).map_err(because)?))
}

fn conditional_power(inputs: &Inputs<'_>) -> Answer {
    let (look, z, _) = seen(inputs)?;
    let boundaries = designed(inputs)?;
    let power = boundaries.conditional_power(look, z, inputs.number("drift")?).map_err(because)?;
    let precision = Positive::new(inputs.number_or("prior_precision", 1.0)?).map_err(because)?;
    let prior = DriftPrior::new(inputs.number_or("prior_mean", 0.0)?, precision).map_err(because)?;
    Ok(json!({
        "under_effect": power.under_effect,
        "under_none": power.under_none,
        "under_trend": power.under_trend,
        "predictive": boundaries.predictive_power(look, z, DriftPrior::flat()).map_err(because)?,
        "predictive_with_prior": boundaries.predictive_power(look, z, prior).map_err(because)?,
    }))
}

/// The boundaries of the design that a case names by `type` or `spending`.
fn designed(inputs: &Inputs<'_>) -> Result<Boundaries, String> {
    let looks = looks(inputs, None)?;
    let shape = shape(inputs, &looks)?;
    boundaries(&Design::new(shape, inputs.alpha()?, alternative(inputs)?), &looks).map_err(because)
}

/// `sided` 1 or 2, 2 where it is not given.
fn alternative(inputs: &Inputs<'_>) -> Result<Alternative, String> {
    match inputs.value("sided") {
        Value::Null => Ok(Alternative::TwoSided),
        given => match count(given)? {
            2 => Ok(Alternative::TwoSided),
            1 => Ok(Alternative::Greater),
            other => Err(format!("a design has one side or two, not {other}")),
        },
    }
}

fn power(inputs: &Inputs<'_>) -> Result<Fraction, String> {
    let power =
        if inputs.has("beta") { 1.0 - inputs.number("beta")? } else { inputs.number_or("power", 0.8)? };
    Fraction::new(power).map_err(because)
}

/// `information` as a list (fractions, or amounts that the last one is the whole of), else K equal looks.
fn looks(inputs: &Inputs<'_>, of: Option<usize>) -> Result<Looks, String> {
    let names = ["information", "information_rates", "informationRates", "timing"];
    if let Some(listed) = names.iter().map(|name| inputs.value(name)).find(|value| value.is_array()) {
        let listed = numbers(listed)?;
        let whole = listed.last().copied().filter(|last| *last > 1.0).unwrap_or(1.0);
        return Looks::new(listed.iter().map(|t| t / whole).collect()).map_err(because);
    }
    let looks = if let Some(looks) = of {
        looks
    } else {
        let name = ["K", "k", "kMax", "looks"].into_iter().find(|name| inputs.has(name)).ok_or("no K")?;
        usize::try_from(inputs.count(name)?).map_err(because)?
    };
    Looks::equal(looks).map_err(because)
}

/// The shape named by `type` or `spending`, in the words of rpact, gsDesign and the literature.
fn shape(inputs: &Inputs<'_>, looks: &Looks) -> Result<Shape, String> {
    let name =
        ["type", "spending", "design", "typeOfDesign", "sfu"].into_iter().find(|name| inputs.has(name));
    let text = inputs.text(name.ok_or("no type and no spending")?)?;
    if let Some(table) = listed_spending(inputs, looks)? {
        return Ok(Shape::Spending(Spending::Custom(table)));
    }
    let spends = name == Some("spending");
    named(inputs, text, spends)
}

/// The shape that a text names; `spends` if it is the name of a spending function.
fn named(inputs: &Inputs<'_>, text: &str, spends: bool) -> Result<Shape, String> {
    let word: String = text.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let has = |part: &str| word.contains(part);
    let spends = spends || has("landemets") || has("spending") || word.starts_with("as");
    Ok(if has("haybittle") || has("peto") || word == "hp" {
        let z = parameter(inputs, text, &["z", "interim", "constant"], Some(3.0))?;
        Shape::HaybittlePeto(Positive::new(z).map_err(because)?)
    } else if has("hwang") || has("hsd") {
        let gamma = parameter(inputs, text, &["gamma", "gammaA", "sfupar", "parameter"], None)?;
        Shape::Spending(Spending::HwangShihDeCani(Gamma::new(gamma).map_err(because)?))
    } else if has("power") || has("kimdemets") || has("kd") {
        let rho = parameter(inputs, text, &["rho", "gamma", "gammaA", "sfupar", "parameter", "t^"], None)?;
        Shape::Spending(Spending::KimDeMets(Positive::new(rho).map_err(because)?))
    } else if has("wang") || has("tsiatis") || word == "wt" {
        let delta = parameter(inputs, text, &["delta", "deltaWT", "parameter"], None)?;
        Shape::WangTsiatis(Delta::new(delta).map_err(because)?)
    } else if spends && (has("obf") || has("brien") || word == "asof" || word == "sfldof") {
        Shape::Spending(Spending::OBrienFlemingType)
    } else if spends && (has("pocock") || word == "asp" || word == "sfldpocock") {
        Shape::Spending(Spending::PocockType)
    } else if has("brien") || has("obf") || word == "of" {
        Shape::OBrienFleming
    } else if has("pocock") || word == "p" {
        Shape::Pocock
    } else if has("linear") || has("uniform") {
        Shape::Spending(Spending::KimDeMets(Positive::new(1.0).map_err(because)?))
    } else {
        return Err(format!("the design {text} is not known"));
    })
}

/// Cumulative spending listed look by look, as amounts of alpha or (where the last is 1) as shares of it.
fn listed_spending(inputs: &Inputs<'_>, looks: &Looks) -> Result<Option<SpendingTable>, String> {
    let names = ["spent", "user_alpha_spending", "userAlphaSpending", "cumulative_alpha", "custom"];
    let Some(listed) = names.iter().map(|name| inputs.value(name)).find(|value| value.is_array()) else {
        return Ok(None);
    };
    let listed = numbers(listed)?;
    let whole = listed.last().copied().filter(|last| *last > 0.0).ok_or("nothing is spent")?;
    let points = looks.information().iter().zip(&listed).map(|(&t, spent)| (t, spent / whole)).collect();
    SpendingTable::new(points).map(Some).map_err(because)
}

/// A number given as an input of one of these names, or in the text after one of them ("gamma=-4", "z=3", "t^3").
fn parameter(inputs: &Inputs<'_>, text: &str, names: &[&str], otherwise: Option<f64>) -> Result<f64, String> {
    if let Some(name) = names.iter().find(|name| inputs.has(name)) {
        return number(inputs.value(name));
    }
    let lower = text.to_lowercase();
    let found = names.iter().find_map(|name| {
        lower.match_indices(&name.to_lowercase()).find_map(|(at, name)| {
            let rest = lower[at + name.len()..].trim_start_matches(|c: char| " =:(".contains(c));
            let end = rest.find(|c: char| !"+-.0123456789e".contains(c)).unwrap_or(rest.len());
            rest[..end].parse().ok()
        })
    });
    found.or(otherwise).ok_or_else(|| format!("{text} gives none of {names:?}"))
}
