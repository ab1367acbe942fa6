//! Tails and quantiles.

use std::num::NonZeroU32;

use edgewise_stats::distribution::{
    beta, chi_squared, normal,
    students_t::{self, DegreesOfFreedom},
};
use serde_json::Value;

use super::{Answer, Inputs};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "t_sf" => students(inputs, "t", students_t::sf),
        "t_ln_sf" => students(inputs, "t", students_t::ln_sf),
        "t_isf" => students(inputs, "tail", students_t::isf),
        "t_quantile" => students(inputs, "p", students_t::quantile),
        "normal_sf" => of_one(inputs, "z", normal::sf),
        "normal_ln_sf" => of_one(inputs, "z", normal::ln_sf),
        "normal_isf" => of_one(inputs, "tail", normal::isf),
        "chi2_sf" => chi2(inputs, chi_squared::sf),
        "chi2_ln_sf" => chi2(inputs, chi_squared::ln_sf),
        "beta_cdf" => beta_cdf(inputs),
        _ => return None,
    })
}

fn students<T: Into<Value>>(
    inputs: &Inputs<'_>,
    name: &str,
    function: impl Fn(f64, DegreesOfFreedom) -> T,
) -> Answer {
    let df = DegreesOfFreedom::new(inputs.number("df")?).ok_or("df is not at least 1")?;
    Ok(function(inputs.number(name)?, df).into())
}

fn of_one<T: Into<Value>>(inputs: &Inputs<'_>, name: &str, function: impl Fn(f64) -> T) -> Answer {
    Ok(function(inputs.number(name)?).into())
}

fn chi2(inputs: &Inputs<'_>, function: impl Fn(f64, NonZeroU32) -> f64) -> Answer {
    let df =
        u32::try_from(inputs.count("df")?).ok().and_then(NonZeroU32::new).ok_or("df is not at least 1")?;
    Ok(function(inputs.number("x")?, df).into())
}

fn beta_cdf(inputs: &Inputs<'_>) -> Answer {
    Ok(beta::cdf(inputs.number("x")?, inputs.number("a")?, inputs.number("b")?).into())
}
