//! Group-sequential boundaries, what they do, and results after stopping.

use edgewise_stats::{
    Alpha, Alternative, Fraction, Positive,
    sequential::group::{
        Boundaries, Delta, Design, Gamma, Looks, Shape, Spending, SpendingTable, boundaries,
    },
};
use serde_json::{Value, json};

use super::{
    Answer, Inputs,
    inputs::{because, number, numbers},
};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "group_sequential_bounds_z" | "alpha_spending_bounds_z" => bounds(inputs),
        "alpha_spent_cumulative" => spent(inputs),
        "sample_size_inflation_factor" => inflation(inputs),
        "group_sequential_constants" => constants(inputs),
        "type_I_error_of_bounds" => type_one_error(inputs),
        _ => return None,
    })
}

fn bounds(inputs: &Inputs<'_>) -> Answer {
    critical_values(&designed(inputs)?)
}

/// The boundary towards the alternative, as z above 0.
fn critical_values(boundaries: &Boundaries) -> Answer {
    let looks = boundaries.looks().iter();
    Ok(looks.map(|look| json!(look.upper.or(look.lower.map(|z| -z)))).collect())
}

fn spent(inputs: &Inputs<'_>) -> Answer {
    Ok(designed(inputs)?.looks().iter().map(|look| json!(look.alpha_spent)).collect())
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

/// The boundaries of the design that a case names by `type` or `spending`.
fn designed(inputs: &Inputs<'_>) -> Result<Boundaries, String> {
    let looks = looks(inputs, None)?;
    let shape = shape(inputs, &looks)?;
    boundaries(&Design::new(shape, inputs.alpha()?, alternative(inputs)?), &looks).map_err(because)
}

/// `sided` 1 or 2, 2 where it is not given.
fn alternative(inputs: &Inputs<'_>) -> Result<Alternative, String> {
    let sided = inputs.number_or("sided", 2.0)?;
    if sided == 2.0 {
        Ok(Alternative::TwoSided)
    } else if sided == 1.0 {
        Ok(Alternative::Greater)
    } else {
        Err(format!("sided is {sided}"))
    }
}

fn power(inputs: &Inputs<'_>) -> Result<Fraction, String> {
    let power =
        if inputs.has("beta") { 1.0 - inputs.number("beta")? } else { inputs.number_or("power", 0.8)? };
    Fraction::new(power).map_err(because)
}

/// `information` as a list (fractions, or amounts that the last one is the whole of), else K equal looks.
fn looks(inputs: &Inputs<'_>, count: Option<usize>) -> Result<Looks, String> {
    let names = ["information", "information_rates", "informationRates", "timing"];
    if let Some(listed) = names.iter().map(|name| inputs.value(name)).find(|value| value.is_array()) {
        let listed = numbers(listed)?;
        let whole = listed.last().copied().filter(|last| *last > 1.0).unwrap_or(1.0);
        return Looks::new(listed.iter().map(|t| t / whole).collect()).map_err(because);
    }
    let count = match count {
        Some(count) => count,
        None => {
            let name = ["K", "k", "kMax", "looks"].into_iter().find(|name| inputs.has(name)).ok_or("no K")?;
            usize::try_from(inputs.count(name)?).map_err(because)?
        }
    };
    Looks::equal(count).map_err(because)
}

/// The shape named by `type` or `spending`, in the words of rpact, gsDesign and the literature.
fn shape(inputs: &Inputs<'_>, looks: &Looks) -> Result<Shape, String> {
    let name =
        ["type", "spending", "design", "typeOfDesign", "sfu"].into_iter().find(|name| inputs.has(name));
    let text = inputs.text(name.ok_or("no type and no spending")?)?;
    if let Some(table) = listed_spending(inputs, looks)? {
        return Ok(Shape::Spending(Spending::Custom(table)));
    }
    let word: String = text.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let has = |part: &str| word.contains(part);
    let spends = name == Some("spending") || has("landemets") || has("spending") || word.starts_with("as");
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

#[allow(dead_code, reason = "used below")]
fn alpha_of(value: &Value) -> Result<Alpha, String> {
    Alpha::new(number(value)?).map_err(because)
}
