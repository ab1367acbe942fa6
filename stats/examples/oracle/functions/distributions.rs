//! Tails and quantiles.

use std::num::NonZeroU32;

use edgewise_stats::distribution::{
    beta, binomial, chi_squared, f, gamma, hypergeometric, multivariate,
    multivariate::{Extreme, Range},
    noncentral_t, normal, poisson,
    students_t::{self, DegreesOfFreedom},
};
use serde_json::Value;

use super::{Answer, Inputs};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    let (family, kind) = function.split_once('_')?;
    let known = match family {
        "t" => students(kind, inputs),
        "normal" | "norm" => normal(kind, inputs),
        "chi2" => chi2(kind, inputs),
        "beta" => with_shapes(kind, inputs),
        "gamma" => with_shape(kind, inputs),
        "binom" | "binomial" => binomial(kind, inputs),
        "poisson" => poisson(kind, inputs),
        "hypergeom" => hypergeometric(kind, inputs),
        "nct" => noncentral(kind, inputs),
        "f" => fisher(kind, inputs),
        _ => None,
    };
    known.or_else(|| several(function, inputs))
}

/// The first of the names under which other packages know an input.
fn any(inputs: &Inputs<'_>, names: &[&str]) -> Result<f64, String> {
    let name = names.iter().find(|name| inputs.has(name)).or(names.first()).copied().unwrap_or_default();
    inputs.number(name)
}

const POINT: &[&str] = &["x", "t", "z", "f", "q", "chi2"];
const UPPER: &[&str] = &["tail", "p", "q", "alpha"];
const LOWER: &[&str] = &["p", "q"];

fn of_point(inputs: &Inputs<'_>, function: impl Fn(f64) -> f64) -> Answer {
    any(inputs, POINT).map(|x| function(x).into())
}

fn of_upper(inputs: &Inputs<'_>, function: impl Fn(f64) -> Option<f64>) -> Answer {
    any(inputs, UPPER).map(|tail| function(tail).into())
}

fn of_lower(inputs: &Inputs<'_>, function: impl Fn(f64) -> Option<f64>) -> Answer {
    any(inputs, LOWER).map(|p| function(p).into())
}

fn students(kind: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    if kind == "rectangle" {
        return None;
    }
    let df = match inputs.number("df").map(DegreesOfFreedom::new) {
        Ok(Some(df)) => df,
        Ok(None) => return Some(Err("df is not at least 1".to_owned())),
        // Not a tail of the t distribution but some test whose name begins so.
        Err(_) => return None,
    };
    match kind {
        "sf" => Some(of_point(inputs, |t| students_t::sf(t, df))),
        "ln_sf" | "logsf" => Some(of_point(inputs, |t| students_t::ln_sf(t, df))),
        "cdf" => Some(of_point(inputs, |t| students_t::sf(-t, df))),
        "ln_cdf" | "logcdf" => Some(of_point(inputs, |t| students_t::ln_sf(-t, df))),
        "isf" => Some(of_upper(inputs, |tail| students_t::isf(tail, df))),
        "quantile" | "ppf" => Some(of_lower(inputs, |p| students_t::quantile(p, df))),
        _ => None,
    }
}

fn normal(kind: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    match kind {
        "sf" => Some(of_point(inputs, normal::sf)),
        "ln_sf" | "logsf" => Some(of_point(inputs, normal::ln_sf)),
        "cdf" => Some(of_point(inputs, normal::cdf)),
        "ln_cdf" | "logcdf" => Some(of_point(inputs, normal::ln_cdf)),
        "density" | "pdf" => Some(of_point(inputs, normal::density)),
        "ln_density" | "logpdf" => Some(of_point(inputs, normal::ln_density)),
        "isf" => Some(of_upper(inputs, normal::isf)),
        "quantile" | "ppf" => Some(of_lower(inputs, normal::quantile)),
        _ => None,
    }
}

fn chi2(kind: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    let df = || {
        let df = inputs.count("df")?;
        u32::try_from(df).ok().and_then(NonZeroU32::new).ok_or_else(|| "df is not at least 1".to_owned())
    };
    let df = match kind {
        "sf" | "ln_sf" | "logsf" | "cdf" | "ln_cdf" | "logcdf" | "isf" | "quantile" | "ppf" => df(),
        _ => return None,
    };
    let df = match df {
        Ok(df) => df,
        Err(why) => return Some(Err(why)),
    };
    match kind {
        "sf" => Some(of_point(inputs, |x| chi_squared::sf(x, df))),
        "ln_sf" | "logsf" => Some(of_point(inputs, |x| chi_squared::ln_sf(x, df))),
        "cdf" => Some(of_point(inputs, |x| chi_squared::cdf(x, df))),
        "ln_cdf" | "logcdf" => Some(of_point(inputs, |x| chi_squared::ln_cdf(x, df))),
        "isf" => Some(of_upper(inputs, |tail| chi_squared::isf(tail, df))),
        _ => Some(of_lower(inputs, |p| chi_squared::quantile(p, df))),
    }
}

fn with_shapes(kind: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    let (a, b) = (any(inputs, &["a", "alpha"]).ok()?, any(inputs, &["b", "beta"]).ok()?);
    match kind {
        "cdf" => Some(of_point(inputs, |x| beta::cdf(x, a, b))),
        "ln_cdf" | "logcdf" => Some(of_point(inputs, |x| beta::ln_cdf(x, a, b))),
        "sf" => Some(of_point(inputs, |x| beta::sf(x, a, b))),
        "ln_sf" | "logsf" => Some(of_point(inputs, |x| beta::ln_sf(x, a, b))),
        "quantile" | "ppf" => Some(of_lower(inputs, |p| beta::quantile(p, a, b))),
        "isf" => Some(any(inputs, &["tail", "p", "q"]).map(|tail| beta::isf(tail, a, b).into())),
        _ => None,
    }
}

fn with_shape(kind: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    let shape = any(inputs, &["shape", "a"]).ok()?;
    let scale = match inputs.number_or("rate", 1.0) {
        Ok(rate) => inputs.number_or("scale", 1.0 / rate).ok()?,
        Err(why) => return Some(Err(why)),
    };
    match kind {
        "cdf" => Some(of_point(inputs, |x| gamma::cdf(x / scale, shape))),
        "ln_cdf" | "logcdf" => Some(of_point(inputs, |x| gamma::ln_cdf(x / scale, shape))),
        "sf" => Some(of_point(inputs, |x| gamma::sf(x / scale, shape))),
        "ln_sf" | "logsf" => Some(of_point(inputs, |x| gamma::ln_sf(x / scale, shape))),
        "quantile" | "ppf" => Some(of_lower(inputs, |p| gamma::quantile(p, shape).map(|x| x * scale))),
        "isf" => Some(of_upper(inputs, |tail| gamma::isf(tail, shape).map(|x| x * scale))),
        _ => None,
    }
}

fn binomial(kind: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    let function = match kind {
        "cdf" => binomial::cdf,
        "sf" => binomial::sf,
        "ln_cdf" | "logcdf" => binomial::ln_cdf,
        "ln_sf" | "logsf" => binomial::ln_sf,
        "ln_pmf" | "logpmf" => binomial::ln_pmf,
        "pmf" => |k, n, p| binomial::ln_pmf(k, n, p).exp(),
        _ => return None,
    };
    let of = || Ok(function(inputs.count("k")?, inputs.count("n")?, inputs.number("p")?).into());
    Some(of())
}

fn poisson(kind: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    let function = match kind {
        "cdf" => poisson::cdf,
        "sf" => poisson::sf,
        "ln_cdf" | "logcdf" => poisson::ln_cdf,
        "ln_sf" | "logsf" => poisson::ln_sf,
        "ln_pmf" | "logpmf" => poisson::ln_pmf,
        "pmf" => |k, mean| poisson::ln_pmf(k, mean).exp(),
        _ => return None,
    };
    let of = || Ok(function(inputs.count("k")?, any(inputs, &["mean", "mu", "lambda"])?).into());
    Some(of())
}

fn hypergeometric(kind: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    let function = match kind {
        "cdf" => hypergeometric::cdf,
        "sf" => hypergeometric::sf,
        "ln_cdf" | "logcdf" => hypergeometric::ln_cdf,
        "ln_sf" | "logsf" => hypergeometric::ln_sf,
        "ln_pmf" | "logpmf" => hypergeometric::ln_pmf,
        "pmf" => {
            |k, population, successes, draws| hypergeometric::ln_pmf(k, population, successes, draws).exp()
        }
        _ => return None,
    };
    // scipy's names of population, successes and draws are M, n and N.
    let count = |name: &str, scipy: &str| inputs.count(if inputs.has(name) { name } else { scipy });
    let of = || {
        let (population, successes, draws) =
            (count("population", "M")?, count("successes", "n")?, count("draws", "N")?);
        Ok(function(inputs.count("k")?, population, successes, draws).into())
    };
    Some(of())
}

fn noncentral(kind: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    let function = match kind {
        "cdf" => noncentral_t::cdf,
        "sf" => noncentral_t::sf,
        "ln_cdf" | "logcdf" => noncentral_t::ln_cdf,
        "ln_sf" | "logsf" => noncentral_t::ln_sf,
        _ => return None,
    };
    let of = || {
        let noncentrality = any(inputs, &["noncentrality", "nc", "ncp", "delta"])?;
        Ok(function(any(inputs, &["t", "x"])?, inputs.number("df")?, noncentrality).into())
    };
    Some(of())
}

fn fisher(kind: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    let (first, second) =
        (any(inputs, &["df1", "dfn", "df_num"]).ok()?, any(inputs, &["df2", "dfd", "df_denom"]).ok()?);
    match kind {
        "cdf" => Some(of_point(inputs, |x| f::cdf(x, first, second))),
        "sf" => Some(of_point(inputs, |x| f::sf(x, first, second))),
        "ln_sf" | "logsf" => Some(of_point(inputs, |x| f::ln_sf(x, first, second))),
        "isf" => Some(of_upper(inputs, |tail| f::isf(tail, first, second))),
        "quantile" | "ppf" => Some(of_lower(inputs, |p| f::quantile(p, first, second))),
        _ => None,
    }
}

/// Functions of several variables, and those whose name is no family with a tail.
fn several(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "ln_gamma" | "gammaln" => any(inputs, &["x"]).map(|x| gamma::ln_gamma(x).into()),
        "ln_beta" | "betaln" => of_pair(inputs, beta::ln_beta),
        "bivariate_normal_cdf" => bivariate(inputs),
        "normal_rectangle" => ranges(inputs).map(|ranges| multivariate::normal_rectangle(&ranges).into()),
        "t_rectangle" => t_rectangle(inputs),
        "equicoordinate_quantile" => equicoordinate(inputs),
        _ => return None,
    })
}

fn of_pair(inputs: &Inputs<'_>, function: impl Fn(f64, f64) -> f64) -> Answer {
    Ok(function(inputs.number("a")?, inputs.number("b")?).into())
}

fn bivariate(inputs: &Inputs<'_>) -> Answer {
    let correlation = any(inputs, &["correlation", "rho", "r"])?;
    Ok(multivariate::bivariate_normal_cdf(inputs.number("x")?, inputs.number("y")?, correlation).into())
}

fn t_rectangle(inputs: &Inputs<'_>) -> Answer {
    let df = DegreesOfFreedom::new(inputs.number("df")?).ok_or("df is not at least 1")?;
    Ok(multivariate::t_rectangle(&ranges(inputs)?, df).into())
}

/// The value that the largest of equally distributed variables exceeds with probability `tail`; without `df` normal ones.
fn equicoordinate(inputs: &Inputs<'_>) -> Answer {
    let extreme =
        if inputs.text("alternative") == Ok("greater") { Extreme::Largest } else { Extreme::LargestModulus };
    let df = if inputs.has("df") { DegreesOfFreedom::new(inputs.number("df")?) } else { None };
    let loadings = inputs.numbers("loadings")?;
    Ok(multivariate::critical_value(inputs.number("tail")?, extreme, &loadings, df).into())
}

/// The lists `lower`, `upper` and `loadings`; `null` in the first two is no bound.
fn ranges(inputs: &Inputs<'_>) -> Result<Vec<Range>, String> {
    let ends = |name: &str, unbounded: f64| -> Result<Vec<f64>, String> {
        let list = inputs.value(name).as_array().ok_or_else(|| format!("{name} is not a list"))?;
        Ok(list.iter().map(|end: &Value| end.as_f64().unwrap_or(unbounded)).collect())
    };
    let (lower, upper) = (ends("lower", f64::NEG_INFINITY)?, ends("upper", f64::INFINITY)?);
    let loadings = inputs.numbers("loadings")?;
    if lower.len() != loadings.len() || upper.len() != loadings.len() {
        return Err("lower, upper and loadings are not of one length".to_owned());
    }
    Ok((0..loadings.len())
        .map(|i| Range { lower: lower[i], upper: upper[i], loading: loadings[i] })
        .collect())
}
